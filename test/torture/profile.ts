/** One user under torture: a folder, a keyring, a line of their own to the server, and windows that come and go. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type Command, HistoriesSchema, type Look, LookSchema } from "./commands.ts";
import type { FlakyProxy } from "./flaky-proxy.ts";
import { readJournal } from "./journal.ts";
import type { UserEvidence } from "./verdict.ts";
import { Window } from "./window.ts";

export class Profile {
  readonly name: string;
  readonly proxy: FlakyProxy;
  clockMs = 0;
  readonly #evidence: string;
  readonly #directory: string;
  readonly #windows: (Window | undefined)[] = [];
  #journals = 0;

  /** @param evidence a folder that outlives everything; @param directory the messenger's own, whose disk may fill up */
  constructor(name: string, proxy: FlakyProxy, evidence: string, directory = join(evidence, name)) {
    this.name = name;
    this.proxy = proxy;
    this.#evidence = evidence;
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Opens a window in that place, unless one is there. */
  open(place = 0): Window {
    const there = this.#windows[place];
    if (there?.isAlive === true) return there;
    this.#journals += 1;
    const window = Window.start({
      directory: this.#directory,
      vault: join(this.#evidence, `${this.name}.vault`),
      journal: this.#journal(this.#journals),
      clockMs: this.clockMs,
    });
    this.#windows[place] = window;
    return window;
  }

  /** The window in that place, while it lives. */
  window(place: number): Window | undefined {
    const window = this.#windows[place];
    return window?.isAlive === true ? window : undefined;
  }

  get windows(): readonly Window[] {
    return this.#windows.filter((window) => window !== undefined).filter(({ isAlive }) => isAlive);
  }

  /** Asks the window in that place, or else any. @throws WindowGone, WindowRefused */
  async ask(command: Command, place = 0): Promise<unknown> {
    const window = this.window(place) ?? this.windows[0] ?? this.open(place);
    return window.ask(command);
  }

  async look(): Promise<Look> {
    return v.parse(LookSchema, await this.ask({ do: "look" }));
  }

  /** Closes the windows as they should be closed, and collects what they leave. */
  async evidence(): Promise<UserEvidence> {
    const histories = v.parse(HistoriesSchema, await this.ask({ do: "histories" }));
    for (const window of this.windows) await window.close();
    const journals = Array.from({ length: this.#journals }, (_, index) =>
      readJournal(this.#journal(index + 1)),
    );
    return { name: this.name, journals, histories: new Map(Object.entries(histories)) };
  }

  async remove(): Promise<void> {
    await Promise.all(this.windows.map((window) => window.kill()));
    await this.proxy.stop();
  }

  #journal(number: number): string {
    return join(this.#evidence, `${this.name}.${number}.journal`);
  }
}
