/** The command line of the server. What each command does is in cli/. */
import "./young-generation.ts";
import { argv, env, platform } from "node:process";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import manifest from "../package.json" with { type: "json" };
import { backup } from "./cli/backup.ts";
import { doctor } from "./cli/doctor.ts";
import { Output } from "./cli/output.ts";
import { promote } from "./cli/promote.ts";
import { type ServeOptions, serve } from "./cli/serve.ts";
import { invite, renew, revoke, users } from "./cli/upkeep.ts";
import { defaultDataFolder } from "./data-folder.ts";
import { parseDuration } from "./duration.ts";
import { SETTABLE_LIMITS, withLimit } from "./limit-setting.ts";
import { DEFAULT_LIMITS, DEFAULT_PORT, type ServerLimits } from "./limits.ts";
import { LOG_LEVELS } from "./log.ts";
import { OperatorError } from "./operator-error.ts";
import { type AddressRange, parseRange } from "./proxy/trusted.ts";

const HELP_AFTER = `
Only this machine can reach the server unless --host says otherwise: --host 0.0.0.0 listens on every network,
and --address names what colleagues dial, for example --host 0.0.0.0 --address chat.example.org.

Exit codes: 0 stopped as asked, 2 wrong use, 3 data folder, 4 address or port, 1 anything else; doctor: 1 where it
found a problem.`;

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
    .version(manifest.version)
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "TCP port to listen on; 0 picks a free one", whole(0, 65535), DEFAULT_PORT)
    .option(
      "--address <address>",
      "HOST or HOST:PORT that people dial, for invites (the first) and the certificate; may be repeated",
      (text: string, before: string[]) => [...before, text],
      [],
    )
    .option(
      "--proxy-from <address>",
      "load balancer, ADDRESS or ADDRESS/BITS, that says with PROXY protocol v2 whose connection each is; may be repeated",
      (text: string, before: AddressRange[]) => [...before, range(text)],
      [],
    )
    .option("--no-member-invites", "only the operator invites, with the command below")
    .option(
      "--metrics-port <port>",
      "local HTTP port for /health and /metrics (Prometheus); without it there is none",
      whole(0, 65535),
    )
    .addOption(
      new Option(
        "--limit <name=number>",
        `sets a bound; may be repeated. Names: ${SETTABLE_LIMITS.join(", ")}`,
      )
        .argParser(limit)
        .default(DEFAULT_LIMITS, "see docs/OPERATIONS.md"),
    )
    .option("--metrics-host <host>", "address that port listens on", "127.0.0.1")
    .addOption(
      new Option("--log <level>", "what to log on standard error").choices(LOG_LEVELS).default("info"),
    )
    .addHelpText("after", HELP_AFTER)
    .enablePositionalOptions();
  // Both may stand before or after a command's name.
  const anywhere = (one: Command) =>
    one
      .option("--data <dir>", `folder for keys and database, its owner's alone (default: ${defaultData})`)
      .option("--json", "one JSON line for each event, for programs");
  const data = (options: Anywhere) => options.data ?? program.opts<Anywhere>().data ?? defaultData;
  const sub = (name: string, description: string) => anywhere(program.command(name).description(description));

  anywhere(program).action((options: Omit<ServeOptions, "data" | "version"> & Anywhere) =>
    serve({ ...options, data: data(options), version: manifest.version }, output),
  );
  sub("invite", "print a new invite link; works while the server runs")
    .option("--uses <n>", "how many people may join with it", whole(1, 1000), 1)
    .option("--expires <time>", "how long it is good for: 90s, 30m, 12h, 7d", duration, duration("7d"))
    .option("--name <name>", "for this name only; lets somebody who lost their key back in")
    .action((options: Anywhere & { uses: number; expires: number; name?: string }) =>
      invite(
        { data: data(options), uses: options.uses, expiresMs: options.expires, name: options.name },
        output,
      ),
    );
  sub("users", "list who belongs to this server").action((options: Anywhere) =>
    users({ data: data(options) }, output),
  );
  sub("revoke", "shut users out; a running server ends their connections, and nobody joins by their invites")
    .argument("<names...>")
    .option("--invited", "everybody too who came by their invites, and by the invites of these", false)
    .action((names: string[], options: Anywhere & { invited: boolean }) =>
      revoke({ data: data(options), names, invited: options.invited }, output),
    );
  sub("renew", "replace the server's certificate and keys, and revoke the old ones").action(
    (options: Anywhere) => renew({ data: data(options) }, output),
  );
  sub("backup", "copy all the server's data into a new folder; works while the server runs")
    .argument("<folder>", "must not exist yet; holds the team's keys: keep it as safe as the data folder")
    .option(
      "--every <time>",
      "go on, with a backup in the folder for each time: 60s, 5m, 1h; a standby needs it",
      duration,
    )
    .option("--keep <n>", "with --every: how many of the newest stay", whole(1, 10_000), 10)
    .action((folder: string, options: Anywhere & { every?: number; keep: number }) =>
      backup({ data: data(options), folder, every: options.every, keep: options.keep }, output),
    );
  sub("promote", "make this machine the server, from a backup of the one that was lost")
    .argument(
      "<backups>",
      "a backup, or the folder that backup --every filled: then the newest that is whole",
    )
    .action((backups: string, options: Anywhere) => promote({ data: data(options), backups }, output));
  sub("doctor", "look at all that the server needs, whether it runs or not, and say what to do").action(
    async (options: Anywhere) => finish(await doctor({ data: data(options) }, output)),
  );
  return program;
}

async function main(): Promise<number> {
  // Before the arguments are parsed, since faults in them are told in the same form.
  const output = new Output(argv.includes("--json"));
  // What the server writes is its owner's alone.
  process.umask(0o077);
  // Whoever read the output may leave; a server goes on without them.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  try {
    let exitCode = 0;
    const program = command(output, (code) => {
      exitCode = code;
    });
    for (const one of [program, ...program.commands])
      one
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
