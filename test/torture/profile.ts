/**
 * One simulated user: a folder, a keyring, a line of their own to the server, and windows that open and
 * close.
 */
import { cpSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type Command, HistoriesSchema, type Look, LookSchema } from "./commands.ts";
import type { FlakyProxy } from "./flaky-proxy.ts";
import { readJournal } from "./journal.ts";
import type { Left } from "./scenario.ts";
import type { Life, UserEvidence } from "./verdict.ts";
import { Window, WindowGone } from "./window.ts";

export class Profile {
  readonly name: string;
  readonly proxy: FlakyProxy;
  clockMs = 0;
  readonly #evidence: string;
  readonly #directory: string;
  readonly #windows: (Window | undefined)[] = [];
  readonly #earlierLives: Life[] = [];
  #journals = 0;
  /** The number of the current lifetime's first journal. */
  #firstJournal = 1;
  /** True while no window may be opened. */
  #away = false;

  /**
   * @param evidence a folder that is kept;
   * @param directory the messenger's own, whose disk may fill up
   */
  constructor(name: string, proxy: FlakyProxy, evidence: string, directory = join(evidence, name)) {
    this.name = name;
    this.proxy = proxy;
    this.#evidence = evidence;
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    mkdirSync(this.#files, { mode: 0o700 });
  }

  /** Opens a window in that position, unless there is one. @throws WindowGone while the store is copied or restored */
  open(place = 0): Window {
    const there = this.#windows[place];
    if (there?.isAlive === true) return there;
    if (this.#away) throw new WindowGone("nobody is there");
    return this.#start(place);
  }

  /** Returns the window in that position, while it runs. */
  window(place: number): Window | undefined {
    const window = this.#windows[place];
    return window?.isAlive === true ? window : undefined;
  }

  get windows(): readonly Window[] {
    return this.#windows.filter((window) => window !== undefined).filter(({ isAlive }) => isAlive);
  }

  /**
   * Sends the call to the window in that position, otherwise to any.
   * @throws WindowGone, WindowRefused
   */
  async ask(command: Command, place = 0): Promise<unknown> {
    const window = this.window(place) ?? this.windows[0] ?? this.open(place);
    return window.ask(command);
  }

  async look(): Promise<Look> {
    return v.parse(LookSchema, await this.ask({ do: "look" }));
  }

  /** Closes the windows cleanly, and collects their journals. */
  async evidence(): Promise<UserEvidence> {
    return { name: this.name, lives: [...this.#earlierLives, await this.#life()] };
  }

  /** Copies everything except the keyring, for loseStore(). */
  async keepCopy(): Promise<void> {
    await this.#whileAway(async () => {
      await this.#closeAll();
      rmSync(this.#copy, { recursive: true, force: true });
      cpSync(this.#directory, this.#copy, { recursive: true, filter: isNoSocket });
    });
  }

  /** Restores that copy, or leaves nothing except the keyring. */
  async loseStore(left: Left): Promise<void> {
    await this.#whileAway(async () => {
      this.#earlierLives.push(await this.#life());
      this.#firstJournal = this.#journals + 1;
      rmSync(this.#directory, { recursive: true });
      if (left === "nothing") mkdirSync(this.#directory, { mode: 0o700 });
      else cpSync(this.#copy, this.#directory, { recursive: true });
    });
  }

  async remove(): Promise<void> {
    await Promise.all(this.windows.map((window) => window.kill()));
    await this.proxy.stop();
  }

  #start(place: number): Window {
    this.#journals += 1;
    const window = Window.start({
      directory: this.#directory,
      vault: join(this.#evidence, `${this.name}.vault`),
      journal: this.#journal(this.#journals),
      files: this.#files,
      clockMs: this.clockMs,
    });
    this.#windows[place] = window;
    return window;
  }

  async #whileAway(work: () => Promise<void>): Promise<void> {
    this.#away = true;
    try {
      await work();
    } finally {
      this.#away = false;
    }
  }

  async #life(): Promise<Life> {
    const histories = v.parse(HistoriesSchema, await this.#askLast({ do: "histories" }));
    await this.#closeAll();
    const numbers = Array.from({ length: this.#journals }, (_, index) => index + 1);
    const journals = numbers
      .filter((number) => number >= this.#firstJournal)
      .map((number) => readJournal(this.#journal(number)));
    return { journals, histories: new Map(Object.entries(histories)) };
  }

  /** Repeats the call until it is answered: a window may be killed during it. */
  async #askLast(command: Command): Promise<unknown> {
    for (;;) {
      const window = this.windows[0] ?? this.#start(0);
      try {
        return await window.ask(command);
      } catch (error) {
        if (!(error instanceof WindowGone)) throw error;
      }
    }
  }

  async #closeAll(): Promise<void> {
    for (const window of this.windows)
      await window.close().catch((error: unknown) => {
        if (!(error instanceof WindowGone)) throw error;
      });
  }

  get #copy(): string {
    return join(this.#evidence, `${this.name}.copy`);
  }

  get #files(): string {
    return join(this.#evidence, `${this.name}.files`);
  }

  #journal(number: number): string {
    return join(this.#evidence, `${this.name}.${number}.journal`);
  }
}

function isNoSocket(path: string): boolean {
  return !lstatSync(path).isSocket();
}
