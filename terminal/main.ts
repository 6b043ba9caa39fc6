/**
 * The entry point of the terminal client: reads the command line, opens the account, and starts a session.
 */

import { once } from "node:events";
import { argv, env, stdin, stdout } from "node:process";
import { Command, CommanderError } from "commander";
import type { MessengerLog } from "../messenger/model.ts";
import type { SharedMessenger } from "../messenger/sharing/shared-messenger.ts";
import { englishLocale, useLanguage } from "../messenger/text/times.ts";
import manifest from "../package.json" with { type: "json" };
import { ParleyError, UsageError } from "../protocol/errors.ts";
import { isOpen, openAccount } from "./account.ts";
import { complete } from "./complete.ts";
import { asciiJson, JsonSession } from "./json-session.ts";
import { logTo } from "./log.ts";
import { keyboard, nowhere, type PassphraseSource, passphraseFile } from "./passphrase.ts";
import { PipeScreen } from "./pipe-screen.ts";
import { chosenProfile, type Profile, usualFolder, usualProfile } from "./profile.ts";
import type { Input, Screen } from "./screen.ts";
import { Session } from "./session.ts";
import { shownLine, shownLines } from "./shown-text.ts";
import { TerminalError } from "./terminal-error.ts";
import { TerminalScreen } from "./terminal-screen.ts";
import { words } from "./words/words.ts";

interface Options {
  readonly profile?: string;
  readonly passphraseFile?: string;
  readonly json?: true;
  readonly readReceipts?: true;
  readonly typing?: true;
  readonly log?: string;
}

/**
 * Builds the parser.
 * @param start starts the session, and resolves at its end
 */
function commandLine(start: (name: string | undefined, options: Options) => Promise<void>): Command {
  const folder = usualFolder(env, process.platform);
  return new Command("parley")
    .description(words.description)
    .version(manifest.version, "-V, --version", words.option.version)
    .argument("[name]", words.option.name)
    .option("--profile <dir>", `${words.option.profile} (default: ${folder})`)
    .option("--passphrase-file <file>", words.option.passphraseFile)
    .option("--json", words.option.json)
    .option("--read-receipts", words.option.readReceipts)
    .option("--typing", words.option.typing)
    .option("--log <file>", words.option.log)
    .helpOption("-h, --help", words.option.help)
    .addHelpText("after", words.usageAfter)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .action((name: string | undefined, options: Options) => start(name, options));
}

async function run(name: string | undefined, options: Options): Promise<void> {
  const log = logTo(options.log);
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true && !options.json && env["TERM"] !== "dumb";
  useLanguage(englishLocale());
  const profile =
    options.profile === undefined
      ? await usualProfile((directory) => isOpen(directory, log))
      : chosenProfile(options.profile);
  if (profile.closedEditor !== undefined && isTerminal)
    stdout.write(`${shownLines(words.closedEditor(profile.closedEditor), stdout.columns).join("\n")}\n`);
  const notices: string[] = [];
  const messenger = await openAccount(profile, {
    log,
    passphrase: passphraseSource(options),
    readReceipts: options.readReceipts === true,
    shareTyping: options.typing === true,
    tellNotice: (text) => notices.push(text),
  });
  try {
    const stopped = stopSignal();
    const how = options.json
      ? await Promise.race([stopped, new JsonSession(messenger, manifest.version, stdin, stdout).ended])
      : await chat(messenger, { name, isTerminal, profile, notices, log, stopped });
    if (how === "locked") throw new UsageError("locked", "The user locked Parley");
  } finally {
    await messenger.dispose();
  }
}

/**
 * Milliseconds after which Ctrl+D and /quit end the program at a terminal, even if a call has not returned.
 */
const PATIENCE_MS = 2_000;

interface Chat {
  readonly name: string | undefined;
  readonly isTerminal: boolean;
  readonly profile: Profile;
  readonly notices: readonly string[];
  readonly log: MessengerLog;
  readonly stopped: Promise<"quit">;
}

async function chat(messenger: SharedMessenger, place: Chat): Promise<"quit" | "locked"> {
  let session: Session | undefined;
  const input: Input = {
    line: (text) => session?.take(text),
    active: () => session?.active(),
    typed: (line) => session?.typed(line),
    end: () => session?.quit(),
  };
  const screen: Screen = place.isTerminal
    ? new TerminalScreen(
        {
          ...{ input: stdin, output: stdout, styled: !env["NO_COLOR"] },
          complete: (line) => complete(line, messenger),
        },
        input,
      )
    : new PipeScreen(stdin, stdout, input);
  const patienceMs = place.isTerminal ? PATIENCE_MS : Number.POSITIVE_INFINITY;
  session = new Session({ messenger, screen, log: place.log, patienceMs });
  try {
    if (place.profile.kind === "editor") screen.print(words.followed(place.profile.directory), "notice");
    for (const notice of place.notices) screen.print(notice, "alert");
    session.begin(place.name);
    return await Promise.race([session.ended, place.stopped]);
  } finally {
    screen.close();
    await session.leave();
  }
}

function passphraseSource({ passphraseFile: path, json }: Options): PassphraseSource {
  if (path !== undefined) return passphraseFile(path);
  return stdin.isTTY && stdout.isTTY && !json ? keyboard : nowhere;
}

/** Resolves when the system asks the program to end. */
async function stopSignal(): Promise<"quit"> {
  await Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal)));
  return "quit";
}

/**
 * Reports an error.
 * @returns the exit code
 */
function fail(error: unknown, json: boolean): number {
  const { code, message, exitCode } = describe(error);
  const line = json ? asciiJson({ event: "error", code, message }) : `parley: error: ${shownLine(message)}`;
  process.stderr.write(`${line}\n`);
  return exitCode;
}

function describe(error: unknown): { code: string; message: string; exitCode: number } {
  if (error instanceof CommanderError)
    return { code: "bad-argument", message: words.wrongUse(error.message), exitCode: 2 };
  if (error instanceof TerminalError)
    return { code: error.code, message: error.message, exitCode: error.exitCode };
  if (error instanceof ParleyError)
    return {
      code: error.code,
      message: words.error(error),
      exitCode: error.code === "weak-passphrase" ? 2 : 3,
    };
  if (error instanceof Error && ("syscall" in error || "errcode" in error))
    return { code: "profile-unusable", message: words.profileUnusable(error.message), exitCode: 3 };
  return { code: "internal", message: words.unexpected(error), exitCode: 1 };
}

async function main(): Promise<number> {
  // Files that the program creates are private to their owner.
  process.umask(0o077);
  // The reader of the output may exit.
  for (const stream of [stdout, process.stderr]) stream.on("error", () => {});
  try {
    await commandLine(run).parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help and --version
    return fail(error, argv.includes("--json"));
  }
}

process.exitCode = await main();
// No longer read; while open it would keep the program running.
stdin.destroy();
