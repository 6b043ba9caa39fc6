/** The command line of the server. Each command is a file in cli/. */
import "./operations/young-generation.ts";
import { argv, env, platform } from "node:process";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import manifest from "../package.json" with { type: "json" };
import { backup } from "./cli/backup.ts";
import { doctor } from "./cli/doctor.ts";
import { limits } from "./cli/limits.ts";
import { nearMiss } from "./cli/near-miss.ts";
import { Output } from "./cli/output.ts";
import { promote } from "./cli/promote.ts";
import { type ServeOptions, serve } from "./cli/serve.ts";
import { stop } from "./cli/stop.ts";
import { invite, renew, revoke, users } from "./cli/upkeep.ts";
import { type AddressRange, parseRange } from "./gateway/proxy/trusted.ts";
import { DEFAULT_LIMITS, DEFAULT_PORT, type ServerLimits } from "./limits.ts";
import { defaultDataFolder } from "./operations/data-folder.ts";
import { parseDuration } from "./operations/duration.ts";
import { withLimit } from "./operations/limit-setting.ts";
import { LOG_LEVELS } from "./operations/log.ts";
import { OperatorError } from "./operations/operator-error.ts";

const HELP_AFTER = `
Only this machine can reach the server unless --host says otherwise. --host 0.0.0.0 listens on every network,
and --address names what your team dials, for example: --host 0.0.0.0 --address chat.example.org

Exit codes: 0 stopped as asked, 2 wrong use, 3 data folder, 4 address or port, 1 anything else. doctor exits with 1
if it finds a problem.`;

/** How long an invite works unless told otherwise. */
const INVITE_FOR = "7d";

/** A server looks twice a second, and takes some seconds to say goodbye to everybody. */
const STOP_WITHIN = "30s";

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]{1,9}$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
    return value;
  };
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError("It is a number with s, m, h or d, such as 12h or 7d.");
  return ms;
}

function range(text: string): AddressRange {
  const found = parseRange(text);
  if (found === undefined)
    throw new InvalidArgumentError(
      "It is an IP address or a range of some, such as 10.0.0.5 or 10.0.0.0/24.",
    );
  return found;
}

function limit(text: string, before: ServerLimits): ServerLimits {
  const limits = withLimit(text, before);
  if (typeof limits === "string") throw new InvalidArgumentError(limits);
  return limits;
}

interface Anywhere {
  data?: string;
}

/** @param finish tells the exit code where it is not 0 */
function command(output: Output, finish: (code: number) => void): Command {
  const defaultData = defaultDataFolder(env, platform);
  const program = new Command("parley-server")
    .description(
      "The server of a team that chats with Parley. It passes on sealed messages and cannot read them.",
    )
    .version(manifest.version, "-V, --version", "Print the version.")
    .option("--host <host>", "Address to listen on.", "127.0.0.1")
    .option("--port <port>", "TCP port to listen on. 0 picks a free one.", whole(0, 65535), DEFAULT_PORT)
    .addOption(
      new Option(
        "--address <address>",
        "HOST or HOST:PORT that people dial. Goes into the certificate, the first one into invites too. Repeatable.",
      )
        .argParser((text: string, before: string[]) => [...before, text])
        .default([], "the addresses of this machine"),
    )
    .addOption(
      new Option(
        "--proxy-from <address>",
        "Load balancer, ADDRESS or ADDRESS/BITS, that tells whose each connection is by PROXY protocol v2. Repeatable.",
      )
        .argParser((text: string, before: AddressRange[]) => [...before, range(text)])
        .default([], "none"),
    )
    .option("--no-member-invites", "Let only the operator invite people, with the invite command.")
    .addOption(
      new Option(
        "--metrics-port <port>",
        "Local HTTP port for /health and /metrics (Prometheus). (default: no port)",
      ).argParser(whole(0, 65535)),
    )
    .option("--metrics-host <host>", "Address that the metrics port listens on.", "127.0.0.1")
    .addOption(
      new Option("--limit <name=number>", "Set a bound. Repeatable.")
        .argParser(limit)
        .default(DEFAULT_LIMITS, "see: parley-server limits"),
    )
    .addOption(
      new Option("--log <level>", "What to log on standard error.").choices(LOG_LEVELS).default("info"),
    )
    .option(
      "--stop-at-end-of-input",
      "Stop when standard input ends: for a program that starts the server and holds a pipe to it.",
    )
    .addHelpText("after", HELP_AFTER)
    .enablePositionalOptions();
  // Both may stand before or after a command's name.
  const anywhere = (one: Command) =>
    one
      .option("--data <dir>", `Folder for keys and database, private to its owner. (default: ${defaultData})`)
      .option("--json", "Write one JSON line for each event, for programs.");
  const data = (options: Anywhere) => options.data ?? program.opts<Anywhere>().data ?? defaultData;
  const sub = (name: string, description: string) => anywhere(program.command(name).description(description));

  anywhere(program).action((options: Omit<ServeOptions, "data" | "version"> & Anywhere) =>
    serve({ ...options, data: data(options), version: manifest.version }, output),
  );
  sub(
    "stop",
    "Stop the server, and wait until it has stopped. Works on Windows too, where nothing else ends it cleanly.",
  )
    .addOption(
      new Option("--wait <time>", "How long to wait for it.")
        .argParser(duration)
        .default(duration(STOP_WITHIN), STOP_WITHIN),
    )
    .action((options: Anywhere & { wait: number }) =>
      stop({ data: data(options), waitMs: options.wait }, output),
    );
  sub("invite", "Print a new invite link. Works while the server runs.")
    .option("--uses <n>", "How many people may join with it.", whole(1, 1000), 1)
    .addOption(
      new Option("--expires <time>", "How long the invite works, such as 90s, 30m, 12h or 7d.")
        .argParser(duration)
        .default(duration(INVITE_FOR), INVITE_FOR),
    )
    .option("--name <name>", "For this name only. Lets someone who lost their key back in.")
    .action((options: Anywhere & { uses: number; expires: number; name?: string }) =>
      invite(
        { data: data(options), uses: options.uses, expiresMs: options.expires, name: options.name },
        output,
      ),
    );
  sub("users", "List who belongs to this server, and who is online.").action((options: Anywhere) =>
    users({ data: data(options) }, output),
  );
  sub(
    "revoke",
    "Revoke users. A running server ends their connections, and no one can join by their invites.",
  )
    .argument("<names...>", "Who can no longer sign in.")
    .option("--invited", "Also everyone who came by their invites, and by the invites of those.", false)
    .action((names: string[], options: Anywhere & { invited: boolean }) =>
      revoke({ data: data(options), names, invited: options.invited }, output),
    );
  sub("renew", "Replace the server's certificate and keys, and revoke the old ones.").action(
    (options: Anywhere) => renew({ data: data(options) }, output),
  );
  sub("backup", "Copy all the server's data into a new folder. Works while the server runs.")
    .argument("<folder>", "Must not exist yet. Holds the team's keys: keep it as safe as the data folder.")
    .option(
      "--every <time>",
      "Go on, with a new backup in the folder each time, such as every 60s, 5m or 1h. A standby needs it.",
      duration,
    )
    .option("--keep <n>", "With --every: how many of the newest to keep.", whole(1, 10_000), 10)
    .action((folder: string, options: Anywhere & { every?: number; keep: number }) =>
      backup({ data: data(options), folder, every: options.every, keep: options.keep }, output),
    );
  sub("promote", "Make this machine the server, from a backup of the one that was lost.")
    .argument(
      "<backups>",
      "A backup, or the folder that backup --every filled: then the newest that is complete.",
    )
    .action((backups: string, options: Anywhere) => promote({ data: data(options), backups }, output));
  sub("limits", "List the bounds that --limit sets, with their defaults.").action(() => limits(output));
  sub("doctor", "Check the server's setup, whether it runs or not, and suggest fixes.").action(
    async (options: Anywhere) => finish(await doctor({ data: data(options) }, output)),
  );
  return program;
}

/** Before anything else: the root's help is no answer to a command that there isn't. @throws OperatorError "bad-argument" */
function refuseUnknownCommand(program: Command): void {
  const names = program.commands.map((one) => one.name());
  const known = new Set(program.options.flatMap(({ long }) => long ?? []));
  const takesValue = new Set(
    program.options.flatMap(({ long, required }) =>
      long !== undefined && long !== null && required ? [long] : [],
    ),
  );
  for (let at = 2; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (!word.startsWith("-")) {
      if (names.includes(word)) return;
      const meant = nearMiss(word, names);
      throw new OperatorError(
        "bad-argument",
        `There is no command ${JSON.stringify(word)}. ${meant === undefined ? "" : `Did you mean ${meant}? `}See: parley-server --help`,
      );
    }
    if (!known.has(word)) return; // the parser reports the error, or it is --help
    if (takesValue.has(word)) at++;
  }
}

async function main(): Promise<number> {
  // Before the arguments are parsed, since faults in them are told in the same form.
  const output = new Output(argv.includes("--json"));
  // Files that the server writes are its owner's alone.
  process.umask(0o077);
  // The reader of the output may leave; a server goes on without one.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  try {
    let exitCode = 0;
    const program = command(output, (code) => {
      exitCode = code;
    });
    refuseUnknownCommand(program);
    for (const one of [program, ...program.commands])
      one
        .helpOption("-h, --help", "Print this help.")
        .exitOverride()
        .configureOutput({ outputError: () => {} })
        .showHelpAfterError(false);
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0; // --help and --version
      return output.fail(
        new OperatorError(
          "bad-argument",
          `${error.message
            .replace(/^error: /, "")
            .replaceAll("\n", " ")
            .replace(/\.$/, "")}. See: parley-server --help`,
        ),
      );
    }
    return output.fail(error);
  }
}

process.exitCode = await main();
