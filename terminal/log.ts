/** The terminal's log: a file if one was requested, otherwise none. */
import { createWriteStream } from "node:fs";
import type { MessengerLog } from "../messenger/model.ts";
import { shownLine } from "./shown-text.ts";

export function logTo(path: string | undefined): MessengerLog {
  const file = path === undefined ? undefined : createWriteStream(path, { flags: "a", mode: 0o600 });
  file?.on("error", () => {}); // e.g. a full disk: Parley continues without a log
  const write = (level: string) => (text: string) =>
    void file?.write(`${new Date().toISOString()} ${level} ${shownLine(text)}\n`);
  return { info: write("info"), warn: write("warn"), error: write("error"), debug: () => {} };
}
