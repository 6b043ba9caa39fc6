/**
 * Every command of README.md, docs/OPERATIONS.md and docs/TERMINAL.md: run here in the page's order, or tied
 * to a file that runs it.
 */
import assert from "node:assert/strict";
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { SmallSystem } from "../fixtures/small-system.ts";

const listening = (output: string) => output.includes("listening");

interface Run {
  readonly before?: (system: SmallSystem) => Promise<void>;
  /** Stops the command once its output matches; without it, the block ends by itself. */
  readonly until?: (output: string) => boolean;
  /** Checks the command's effect. */
  readonly after: (system: SmallSystem, output: string) => void | Promise<void>;
}
/**
 * Run here, on a machine that the blocks of one page share; or by a file that contains those words; or not
 * run, for a reason.
 */
type Way = Run | { readonly in: string; readonly words: string } | { readonly byHand: string };

/** Keyed by the first line of the block. */
const README: Record<string, Way> = {
  "npm ci && npm start": { in: "scripts/start.ts", words: "`npm start`" },
  "npm ci && npm test": { in: "scripts/test.ts", words: "Runs every test" },
  "code --install-extension dist/parley.vsix": { in: "scripts/start.ts", words: '"--install-extension"' },
  "node server.js --host 0.0.0.0 --address chat.example.org --data /srv/parley": {
    until: listening,
    after: (system) => assert.ok(existsSync(system.path("srv/parley/parley.sqlite"))),
  },
};

const OPERATIONS: Record<string, Way> = {
  "install -D -m 0644 dist/server.js /usr/local/lib/parley/server.js": {
    after: async (system) => {
      assert.ok(existsSync(system.path("var/lib/parley/parley.sqlite")), "the unit's server runs");
      const health = (host: string) => fetch(`http://${host}:${system.metricsPort}/health`);
      assert.equal((await health("127.0.0.1")).status, 200);
      // Another address of this machine, on which the metrics port listens only if configured.
      if (process.platform === "linux") await assert.rejects(health("127.0.0.2"));
    },
  },
  "printf '%s\\n' '#!/bin/sh' 'exec runuser -u parley -- node /usr/local/lib/parley/server.js --data /var/lib/parley \"$@\"' > /usr/local/bin/parley-server":
    { after: (_, output) => assert.match(output, /parley:\/\/localhost/) },
  "parley-server --host 0.0.0.0 --address chat.example.org --proxy-from 10.0.0.5 --proxy-from 10.0.1.0/24": {
    before: async (system) => void (await system.run("systemctl stop parley")),
    until: listening,
    after: () => {},
  },
  "parley-server doctor": {
    before: async (system) => void (await system.run("systemctl start parley")),
    after: (_, output) => assert.match(output, /^ok /m),
  },
  "cd ~/.vscode/extensions/parley-chat.parley-*/": {
    before: async (system) => {
      const extension = system.path("home/.vscode/extensions/parley-chat.parley-0.1.0");
      const data = "home/.config/Code/User/globalStorage/parley-chat.parley";
      cpSync(system.path("clone/dist"), `${extension}/dist`, { recursive: true });
      cpSync(system.path("clone/package.json"), `${extension}/package.json`);
      mkdirSync(system.path(data), { recursive: true });
      await system.run(`parley-server backup ${system.path(data)}/server`);
    },
    after: (_, output) => assert.match(output, /[Nn]o ?(body|one|user)/),
  },
  "parley-server backup /var/backups/parley/$(date +%F)": {
    after: (system) => assert.equal(readdirSync(system.path("var/backups/parley")).length, 1),
  },
  "systemctl stop parley": {
    after: (_, output) => assert.match(output, /^ok /m),
  },
  "parley-server backup /var/backups/parley --every 1m --keep 10": {
    before: async (system) =>
      void (await system.run(`rm -r /var/backups/parley; mkdir -m 0700 /var/backups/parley`)),
    until: (output) => /[Bb]ackup/.test(output),
    after: (system) => assert.equal(readdirSync(system.path("var/backups/parley")).length, 1),
  },
  "rsync -a --delete first.example.org:/var/backups/parley/ /var/backups/parley/": {
    byHand: "needs a second machine; test/system/standby copies the folder",
  },
};

const TERMINAL: Record<string, Way> = {
  "install -D -m 0755 dist/terminal.js ~/.local/bin/parley": {
    after: (_, output) => assert.match(output, /^Usage: parley/m),
  },
  parley: { in: "test/system/terminal.test.ts", words: "new TerminalUser(" },
  "parley --passphrase-file ~/.parley-passphrase < /dev/null": {
    before: async (system) => {
      writeFileSync(system.path("home/.parley-passphrase"), "four unrelated words here\n", { mode: 0o600 });
    },
    after: (system, output) => {
      assert.match(output, /Welcome to Parley/);
      assert.ok(existsSync(system.path("home/.local/share/parley/secrets.json")));
    },
  },
};

/** Returns shell code blocks, indented or not. */
function blocksOf(document: string): readonly string[] {
  return [...readFileSync(document, "utf8").matchAll(/^( *)```sh\n(.*?)^ *```$/gms)].map(
    ([, indent = "", text = ""]) =>
      text
        .split("\n")
        .map((line) => line.slice(indent.length))
        .join("\n")
        .trim(),
  );
}

const firstLine = (block: string) => block.split("\n")[0] ?? "";

describe("the commands of the documents", function () {
  this.timeout(300_000);
  before(function () {
    if (process.platform === "win32") this.skip(); // They are for sh.
  });

  for (const [document, ways] of [
    ["README.md", README],
    ["docs/OPERATIONS.md", OPERATIONS],
    ["docs/TERMINAL.md", TERMINAL],
  ] as const)
    describe(document, () => {
      let system: SmallSystem;
      before(async () => {
        system = await SmallSystem.start();
      });
      after(() => system?.remove());

      it("are exactly those in the table", () =>
        assert.deepEqual(blocksOf(document).map(firstLine), Object.keys(ways)));

      for (const block of blocksOf(document)) {
        const way = ways[firstLine(block)];
        if (way === undefined) continue;
        if ("byHand" in way) continue;
        if ("in" in way) {
          it(`${firstLine(block)}: is run by ${way.in}`, () =>
            assert.ok(readFileSync(way.in, "utf8").includes(way.words)));
          continue;
        }
        it(`${firstLine(block)}: works`, async () => {
          await way.before?.(system);
          // The backup is dated today.
          const today = block.replaceAll("2030-01-31", new Date().toISOString().slice(0, 10));
          const output =
            way.until === undefined ? await system.run(today) : await system.runUntil(today, way.until);
          await way.after(system, output);
        });
      }
    });

  it("`npm run NAME` and `npm NAME` name existing scripts", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    const unknown = globSync("{*.md,docs/**/*.md}").flatMap((document) =>
      [...readFileSync(document, "utf8").matchAll(/(?:`|&& |^)npm (?:run )?([a-z:]+)/gm)]
        .map(([, name = ""]) => name)
        .filter((name) => scripts[name] === undefined && !["ci", "install", "run"].includes(name))
        .map((name) => `${document}: ${name}`),
    );
    assert.deepEqual(unknown, []);
  });

  it("`parley-server` has each command and flag that a document names", async () => {
    const system = await SmallSystem.start();
    try {
      const commands = ["invite", "users", "revoke", "renew", "backup", "promote", "limits", "doctor"];
      const help = new Map<string, string>();
      for (const name of ["", ...commands])
        help.set(name, await system.run(`node dist/server.js ${name} --help`));
      const wrong = globSync("{*.md,docs/**/*.md}").flatMap((document) =>
        [...readFileSync(document, "utf8").matchAll(/(?:parley-server|server\.m?js) +([^`\n|#]+)/g)].flatMap(
          ([, words = ""]) => {
            const name = commands.find((one) => new RegExp(`(^|\\s)${one}(\\s|$)`).test(words)) ?? "";
            const known = `${help.get("")}${help.get(name)}`;
            return [...words.matchAll(/(?<=^|\s)--[a-z-]+/g)]
              .filter(([flag]) => flag !== "--help" && !known.includes(flag))
              .map(([flag]) => `${document}: ${name} ${flag}`);
          },
        ),
      );
      assert.deepEqual(wrong, []);
    } finally {
      await system.remove();
    }
  });
});
