/** The terminal's log: a file where one was asked for, else nothing. */
import { createWriteStream } from "node:fs";
import type { MessengerLog } from "../messenger/model.ts";
import { shownLine } from "./shown-text.ts";

export function logTo(path: string | undefined): MessengerLog {
  const file = path === undefined ? undefined : createWriteStream(path, { flags: "a", mode: 0o600 });
  file?.on("error", () => {}); // a full disk, say: Parley goes on without
  const write = (level: string) => (text: string) =>
    void file?.write(`${new Date().toISOString()} ${level} ${shownLine(text)}\n`);
  return { info: write("info"), warn: write("warn"), error: write("error"), debug: () => {} };
}
