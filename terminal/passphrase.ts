/** Reads the passphrase: from the keyboard without an echo, or from a file. */
import { on, once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { assertStrong } from "../messenger/account/passphrase.ts";
import { UsageError } from "../protocol/errors.ts";
import { shownLines } from "./shown-text.ts";
import { TerminalError } from "./terminal-error.ts";
import { words } from "./words/words.ts";

const TRIES = 3;

export interface PassphraseSource {
  /**
   * Returns a passphrase for a new lock.
   * @throws UsageError "weak-passphrase", "cancelled"; TerminalError
   */
  choose(): Promise<string>;
  /**
   * Tries passphrases until one is right, at most a few times.
   * @throws as `attempt` for the last one; UsageError "cancelled"; TerminalError
   */
  unlock(attempt: (passphrase: string) => Promise<void>): Promise<void>;
}

/**
 * Reads passphrases from a file.
 * @param path of a file whose first line is the passphrase; "-" is standard input
 * @throws TerminalError "passphrase-needed"
 */
export function passphraseFile(path: string): PassphraseSource {
  const passphrase = async () => {
    const line = path === "-" ? await firstLineOfInput() : firstLine(path);
    if (line === undefined || line === "")
      throw new TerminalError("passphrase-needed", words.passphraseFileEmpty(path));
    return line;
  };
  return {
    choose: async () => {
      const chosen = await passphrase();
      assertStrong(chosen);
      return chosen;
    },
    unlock: async (attempt) => attempt(await passphrase()),
  };
}

function firstLine(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").split(/\r?\n/, 1)[0];
  } catch (cause) {
    throw new TerminalError("passphrase-needed", words.passphraseFileUnreadable(path), { cause });
  }
}

/** Reads byte by byte, so that the lines after it are left for the session. */
async function firstLineOfInput(): Promise<string> {
  const bytes: Buffer[] = [];
  for (;;) {
    const byte: Buffer | null = process.stdin.read(1);
    if (byte === null) {
      if (process.stdin.readableEnded) break;
      await Promise.race([once(process.stdin, "readable"), once(process.stdin, "end")]);
      continue;
    }
    if (byte[0] === 0x0a) break;
    bytes.push(byte);
  }
  return Buffer.concat(bytes).toString("utf8").replace(/\r$/, "");
}

/** Asks the person at the terminal. */
export const keyboard: PassphraseSource = {
  choose: () =>
    withoutEcho(async (ask, say) => {
      say(words.choosePassphrase);
      for (;;) {
        const chosen = await ask(words.newPassphrase);
        try {
          assertStrong(chosen);
        } catch (error) {
          say(words.error(error));
          continue;
        }
        if ((await ask(words.newPassphraseAgain)) === chosen) return chosen;
        say(words.passphrasesDiffer);
      }
    }),
  unlock: (attempt) =>
    withoutEcho(async (ask, say) => {
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(await ask(words.passphrase));
        } catch (error) {
          const isWrong = error instanceof UsageError && error.code === "wrong-passphrase";
          if (!isWrong || tries === TRIES) throw error;
          say(words.wrongPassphrase);
        }
      }
    }),
};

/** For a program whose input is not a terminal, and that was given no file. */
export const nowhere: PassphraseSource = {
  choose: () => Promise.reject(new TerminalError("passphrase-needed", words.passphraseNeeded)),
  unlock: () => Promise.reject(new TerminalError("passphrase-needed", words.passphraseNeeded)),
};

/**
 * Turns the terminal's echo off before the first question and on after the last, so that an answer typed
 * before its question is not shown either.
 * @throws UsageError "cancelled" at Ctrl+C or Ctrl+D
 */
async function withoutEcho<T>(
  talk: (ask: (question: string) => Promise<string>, say: (text: string) => void) => Promise<T>,
): Promise<T> {
  const say = (text: string) =>
    process.stdout.write(`${shownLines(text, process.stdout.columns).join("\n")}\n`);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 });
  const typed = on(lines, "line", { close: ["close"] });
  const ask = async (question: string) => {
    process.stdout.write(question);
    const { done, value } = await typed.next();
    process.stdout.write("\n");
    if (done === true) throw new UsageError("cancelled", "No passphrase was entered");
    return String(value[0]);
  };
  try {
    return await talk(ask, say);
  } finally {
    lines.close();
  }
}
