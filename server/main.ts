/** The command line of the server. Each command is a file in cli/. */
import "./operations/young-generation.ts";
import { argv, env, platform } from "node:process";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import manifest from "../package.json" with { type: "json" };
import { nearMiss } from "../protocol/near-miss.ts";
import { backup } from "./cli/backup.ts";
import { doctor } from "./cli/doctor.ts";
import { limits } from "./cli/limits.ts";
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
import { words } from "./words/words.ts";

/** How long an invite is valid by default. */
const INVITE_FOR = "7d";

/** A server checks twice a second, and takes some seconds to send QUIT to everybody. */
const STOP_WITHIN = "30s";

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]{1,9}$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(words.commandLine.argument.notWhole(least, most));
    return value;
  };
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError(words.commandLine.argument.notDuration);
  return ms;
}

function range(text: string): AddressRange {
  const found = parseRange(text);
  if (found === undefined) throw new InvalidArgumentError(words.commandLine.argument.notRange);
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

/**
 * Builds the parser.
 * @param finish reports an exit code other than 0
 */
function command(output: Output, finish: (code: number) => void): Command {
  const defaultData = defaultDataFolder(env, platform);
  const { help } = words.commandLine;
  const program = new Command("parley-server")
    .description(help.program)
    .version(manifest.version, "-V, --version", help.version)
    .option("--host <host>", help.host, "127.0.0.1")
    .option("--port <port>", help.port, whole(0, 65535), DEFAULT_PORT)
    .addOption(
      new Option("--address <address>", help.address)
        .argParser((text: string, before: string[]) => [...before, text])
        .default([], help.addressDefault),
    )
    .addOption(
      new Option("--proxy-from <address>", help.proxyFrom)
        .argParser((text: string, before: AddressRange[]) => [...before, range(text)])
        .default([], help.none),
    )
    .option("--no-member-invites", help.noMemberInvites)
    .addOption(new Option("--metrics-port <port>", help.metricsPort).argParser(whole(0, 65535)))
    .option("--metrics-host <host>", help.metricsHost, "127.0.0.1")
    .addOption(
      new Option("--limit <name=number>", help.limit)
        .argParser(limit)
        .default(DEFAULT_LIMITS, help.limitDefault),
    )
    .addOption(new Option("--log <level>", help.log).choices(LOG_LEVELS).default("info"))
    .option("--stop-at-end-of-input", help.stopAtEndOfInput)
    .addHelpText("after", help.after)
    .enablePositionalOptions();
  // Both options may stand before or after a command's name.
  const anywhere = (one: Command) =>
    one.option("--data <dir>", help.data(defaultData)).option("--json", help.json);
  const data = (options: Anywhere) => options.data ?? program.opts<Anywhere>().data ?? defaultData;
  const sub = (name: string, description: string) => anywhere(program.command(name).description(description));

  anywhere(program).action((options: Omit<ServeOptions, "data" | "version"> & Anywhere) =>
    serve({ ...options, data: data(options), version: manifest.version }, output),
  );
  sub("stop", help.stop)
    .addOption(
      new Option("--wait <time>", help.stopWait)
        .argParser(duration)
        .default(duration(STOP_WITHIN), STOP_WITHIN),
    )
    .action((options: Anywhere & { wait: number }) =>
      stop({ data: data(options), waitMs: options.wait }, output),
    );
  sub("invite", help.invite)
    .option("--uses <n>", help.inviteUses, whole(1, 1000), 1)
    .addOption(
      new Option("--expires <time>", help.inviteExpires)
        .argParser(duration)
        .default(duration(INVITE_FOR), INVITE_FOR),
    )
    .option("--name <name>", help.inviteName)
    .action((options: Anywhere & { uses: number; expires: number; name?: string }) =>
      invite(
        { data: data(options), uses: options.uses, expiresMs: options.expires, name: options.name },
        output,
      ),
    );
  sub("users", help.users).action((options: Anywhere) => users({ data: data(options) }, output));
  sub("revoke", help.revoke)
    .argument("<names...>", help.revokeNames)
    .option("--invited", help.revokeInvited, false)
    .action((names: string[], options: Anywhere & { invited: boolean }) =>
      revoke({ data: data(options), names, invited: options.invited }, output),
    );
  sub("renew", help.renew).action((options: Anywhere) => renew({ data: data(options) }, output));
  sub("backup", help.backup)
    .argument("<folder>", help.backupFolder)
    .option("--every <time>", help.backupEvery, duration)
    .option("--keep <n>", help.backupKeep, whole(1, 10_000), 10)
    .option("--with-files", help.backupWithFiles, false)
    .action((folder: string, options: Anywhere & { every?: number; keep: number; withFiles: boolean }) =>
      backup({ ...options, data: data(options), folder }, output),
    );
  sub("promote", help.promote)
    .argument("<backups>", help.promoteBackups)
    .action((backups: string, options: Anywhere) => promote({ data: data(options), backups }, output));
  sub("limits", help.limits).action(() => limits(output));
  sub("doctor", help.doctor).action(async (options: Anywhere) =>
    finish(await doctor({ data: data(options) }, output)),
  );
  return program;
}

/**
 * Refuses an unknown command first, since the root's help would not answer it.
 * @throws OperatorError "bad-argument"
 */
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
      throw new OperatorError("bad-argument", words.commandLine.argument.noCommand(word, meant));
    }
    if (!known.has(word)) return; // the parser reports the error, or it is --help
    if (takesValue.has(word)) at++;
  }
}

async function main(): Promise<number> {
  // Before the arguments are parsed, since errors in them are reported in the same form.
  const output = new Output(argv.includes("--json"));
  // Files that the server creates are private to its owner.
  process.umask(0o077);
  // The reader of the output may exit; a server continues without one.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  try {
    let exitCode = 0;
    const program = command(output, (code) => {
      exitCode = code;
    });
    refuseUnknownCommand(program);
    for (const one of [program, ...program.commands])
      one
        .helpOption("-h, --help", words.commandLine.help.help)
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
          words.commandLine.argument.refused(
            error.message
              .replace(/^error: /, "")
              .replaceAll("\n", " ")
              .replace(/\.$/, ""),
          ),
        ),
      );
    }
    return output.fail(error);
  }
}

process.exitCode = await main();
