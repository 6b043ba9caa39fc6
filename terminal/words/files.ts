/** Every sentence about files. Foreign text in them is made harmless where it is shown. */

import type { filesOf } from "../../messenger/kinds/body.ts";
import type { Chat, FileState, Parcel, Transfer } from "../../messenger/model.ts";
import { fileName } from "../../messenger/text/file-name.ts";
import { dateText } from "../../messenger/text/times.ts";
import { codeText } from "./errors.ts";

type SentFile = ReturnType<typeof filesOf>[number];

/** @param number such as "#4.1" */
function state(file: SentFile, found: FileState, number: string): string {
  const save = `Save it: /save ${number}`;
  switch (found.type) {
    case "there":
      return `on the server until ${dateText(file.until * 1000)}. ${save}`;
    case "fetching":
      return `being fetched, ${percent(found.done)}.`;
    case "here":
      return found.savedAt === undefined ? `on this computer, sealed. ${save}` : "saved.";
    case "gone":
      return `no longer on the server since ${dateText(found.since)}.`;
    case "damaged":
      return "damaged, so Parley dropped it.";
    case "elsewhere":
      return `on the computer that your backup comes from. If the server still has it: /save ${number}`;
  }
}

function percent(done: number): string {
  return `${Math.floor(100 * done)} %`;
}

export const fileWords = {
  about: {
    send: "Send a file to this chat, with a caption if you like.",
    save: "Save the files of a message: here, or in PATH.",
    cancel: "Take back the files that are on their way in this chat.",
  },
  row: (file: SentFile, found: FileState, number: string) =>
    `${number} ${fileName(file.name)}: ${state(file, found, number)}`,
  progress: ({ way, done }: Transfer, { title }: Chat) =>
    way === "up"
      ? `Sending files to ${title}: ${percent(done)}`
      : `Fetching a file from the chat with ${title}: ${percent(done)}`,
  saved: (path: string) => `Saved as ${path}`,
  notSent: ({ files, failure }: Parcel, { title }: Chat) =>
    `Not sent to ${title}: ${files.map(({ name }) => fileName(name)).join(", ")}. ${codeText(failure, { peer: title })} Send it again with /retry, or take it back with /cancel.`,
  waits: "You're offline. The files are sent once you're online.",
  sendUse:
    'Say which file: /send FILE [CAPTION]. A name with spaces stands in quotation marks: /send "my plan.pdf"',
  noFiles: "There's no message with files here. /history numbers the messages: /save #N",
  noSuchFile: "That message has no file of that number.",
  cancelled: (count: number) =>
    count === 0 ? "No files are on their way here." : "The files were taken back, here and on the server.",
};
