import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import {
  contextKeyIds,
  deedKeyIds,
  rowFlags,
  SIDE_CHAT_KEY,
  SIDE_FOCUS_KEY,
} from "./commands/context-keys.ts";
import { commandRows } from "./commands/table.ts";
import { walkthroughSteps } from "./commands/walkthrough-steps.ts";
import * as ids from "./ids.ts";

interface Entry {
  readonly command: string;
  readonly when?: string;
  readonly enablement?: string;
  readonly title?: string;
  readonly category?: string;
  readonly icon?: string;
}
interface Manifest {
  readonly publisher: string;
  readonly name: string;
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly Entry[];
    readonly menus: Readonly<Record<string, readonly Entry[]>>;
    readonly keybindings: readonly (Entry & { readonly key: string; readonly mac: string })[];
    readonly views: Readonly<Record<string, readonly { id: string; icon: string; when?: string }[]>>;
    readonly viewsContainers: Readonly<
      Record<"activitybar" | "secondarySidebar", readonly { id: string; icon: string }[]>
    >;
    readonly walkthroughs: readonly {
      readonly id: string;
      readonly steps: readonly {
        readonly id: string;
        readonly description: string;
        readonly media: { readonly svg: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
    readonly viewsWelcome: readonly { view: string; when: string; contents: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { default: unknown; scope: string }>>;
    };
    readonly taskDefinitions: readonly { type: string }[];
    readonly problemMatchers: readonly { name: string }[];
  };
}
const text = readFileSync("package.json", "utf8");
const manifest = JSON.parse(text) as Manifest;
const texts = JSON.parse(readFileSync("package.nls.json", "utf8")) as Readonly<Record<string, string>>;
const { contributes } = manifest;
const commands: ReadonlySet<string> = new Set(Object.values(ids.Command));
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

describe("ids.ts and the manifest", () => {
  it("name the same settings, each with a default, none of them for workspaces", () => {
    assert.deepEqual(sorted(Object.keys(contributes.configuration.properties)), sorted(ids.settingIds));
    for (const [id, { default: value, scope }] of Object.entries(contributes.configuration.properties)) {
      assert.notEqual(value, undefined, id);
      assert.equal(scope, "application", id);
    }
  });
  it("name no setting that nothing reads", () => {
    const sources = globSync("extension/{ui,api}/**/*.ts", { exclude: (name) => name.endsWith(".test.ts") })
      .concat("extension/main.ts")
      .map((file) => readFileSync(file, "utf8"));
    const unread = ids.settingIds.filter((id) => !sources.some((source) => source.includes(`"${id}"`)));
    assert.deepEqual(unread, []);
  });
  it("name the same views, containers, task type, problem matcher and extension", () => {
    const { activitybar, secondarySidebar } = contributes.viewsContainers;
    assert.deepEqual(
      [activitybar, secondarySidebar].map((containers) => containers.map(({ id }) => id)),
      [[ids.View.container], [ids.View.sideContainer]],
    );
    const viewsIn = (container: string) => contributes.views[container]?.map(({ id }) => id);
    assert.deepEqual(viewsIn(ids.View.container), [ids.View.people]);
    assert.deepEqual(viewsIn(ids.View.sideContainer), [ids.View.chatList, ids.View.chat]);
    assert.deepEqual(
      contributes.taskDefinitions.map(({ type }) => type),
      [ids.TASK_TYPE],
    );
    assert.deepEqual(
      contributes.problemMatchers.map(({ name }) => `$${name}`),
      [ids.PROBLEM_MATCHER],
    );
    assert.equal(`${manifest.publisher}.${manifest.name}`, ids.EXTENSION_ID);
    assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${ids.CHAT_PANEL}`));
  });
  it("ask in `when` only for context keys that are set, and for all of them", () => {
    const conditions = [
      ...Object.values(contributes.menus)
        .flat()
        .map(({ when }) => when ?? ""),
      ...contributes.commands.map(({ enablement }) => enablement ?? ""),
      ...contributes.keybindings.map(({ when }) => when ?? ""),
      ...contributes.viewsWelcome.map(({ when }) => when),
      ...Object.values(contributes.views)
        .flat()
        .map(({ when }) => when ?? ""),
      ...commandRows.flatMap(([, { places = [] }]) =>
        places.map((place) => ("when" in place ? place.when.text : "")),
      ),
    ];
    const steps = contributes.walkthroughs.flatMap(({ steps }) => steps);
    conditions.push(...steps.flatMap(({ completionEvents }) => completionEvents));
    const asked = conditions.flatMap((when) =>
      [...when.matchAll(/parley\.(?!people\b|chat\b|chatList\b)[a-zA-Z]+/g)].map(([key]) => key),
    );
    assert.deepEqual(sorted(asked), sorted([...contextKeyIds, ...deedKeyIds, SIDE_CHAT_KEY, SIDE_FOCUS_KEY]));
    const flags = conditions.flatMap((when) =>
      [...when.matchAll(/viewItem =~ \/\\b(\w+)\\b\//g)].map(([, flag]) => flag ?? ""),
    );
    assert.deepEqual(sorted(flags), sorted(rowFlags));
  });
  it("put only commands that exist into welcome texts and walkthrough", () => {
    assert.ok(
      contributes.viewsWelcome.every(({ view }) =>
        [ids.View.people, ids.View.chatList].includes(view as never),
      ),
    );
    const shown = [
      ...contributes.viewsWelcome.map(({ contents }) => contents),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description)),
    ];
    for (const text of shown) {
      const links = [...(texts[text.replaceAll("%", "")] ?? "").matchAll(/\(command:([^)]+)\)/g)];
      for (const [, command] of links) assert.ok(commands.has(command ?? ""), command);
    }
  });
  it("have one walkthrough, whose steps have true conditions and whose pictures use only theme colours", () => {
    assert.deepEqual(
      contributes.walkthroughs.map(({ id }) => `${ids.EXTENSION_ID}#${id}`),
      [ids.WALKTHROUGH],
    );
    const steps = contributes.walkthroughs[0]?.steps ?? [];
    assert.deepEqual(
      steps.map(({ id, completionEvents }) => [id, ...completionEvents]),
      Object.entries(walkthroughSteps).map(([id, done]) => [
        id,
        `onContext:${typeof done === "string" ? done : done.text}`,
      ]),
    );
    for (const { media } of steps) {
      const colours = [...readFileSync(media.svg, "utf8").matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(
        ([, one]) => one,
      );
      assert.deepEqual(
        colours.filter((one) => one !== "none" && !one?.startsWith("var(--vscode-")),
        [],
        media.svg,
      );
    }
  });
  it("bind each key once, and keys of the page only while it has the focus", () => {
    assert.equal(new Set(contributes.keybindings.map(({ key }) => key)).size, contributes.keybindings.length);
    const own = contributes.keybindings.filter(({ when = "" }) => when.includes("activeWebviewPanelId"));
    assert.ok(own.length > 0);
    for (const { when = "", key } of own)
      for (const elsewhere of ["sideBar", "auxiliaryBar", "panel", "terminal", "list", "input"])
        assert.ok(when.includes(`!${elsewhere}Focus`), `${key}: !${elsewhere}Focus`);
  });
  it("give every command a unique title", () => {
    const titles = contributes.commands.map(({ title }) => texts[title?.replaceAll("%", "") ?? ""]);
    assert.equal(new Set(titles).size, commands.size);
  });

  it("begin every command's title with a verb, and end those that ask with an ellipsis", () => {
    const verb =
      /^(Accept|Answer|Back|Block|Close|Copy|Delete|Edit|Export|Forget|Go|Invite|Join|Keep|Lift|Lock|Move|Mute|Open|Put|React|Reconnect|Refuse|Remove|Reply|Request|Restore|Review|Save|Search|Send|Set|Show|Sign|Start|Unblock|Unlock|Verify)\b/;
    for (const { title } of contributes.commands)
      assert.match(texts[title?.replaceAll("%", "") ?? ""] ?? "", verb);
    const asks = [
      "closeChat",
      "deleteHistory",
      "deleteMessage",
      "reactToMessage",
      "forgetAccount",
      "setTimer",
      "keepMessages",
      "verifySafetyNumber",
    ];
    for (const one of asks) assert.match(texts[`command.${one}`] ?? "", /…$/, one);
  });
});

describe("package.nls.json", () => {
  it("has exactly the keys that the manifest uses", () => {
    const asked = [...text.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key ?? "");
    assert.deepEqual(sorted(asked), sorted(Object.keys(texts)));
  });
});
