/**
 * The session for programs: one line of JSON for each event; reads one for each call of messenger/calls.ts
 * (docs/TERMINAL.md). All output is ASCII, so that it cannot affect a terminal.
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import * as v from "valibot";
import { CALLS, type Call, type Calls, isCall } from "../messenger/calls.ts";
import type { AnyWindowEvent } from "../messenger/sharing/role.ts";
import type { SharedMessenger } from "../messenger/sharing/shared-messenger.ts";
import { ViewPublisher } from "../messenger/sharing/view-publisher.ts";
import { nearMiss } from "../protocol/near-miss.ts";
import { errorCode } from "./words/errors.ts";
import { words } from "./words/words.ts";

/** Calls between windows only: the vault's contents must not be exposed. */
const WITHHELD: ReadonlySet<Call> = new Set(["tellVault"]);
const NAMES = (Object.keys(CALLS) as Call[]).filter((call) => !WITHHELD.has(call));

/** The answer repeats `id`. */
const commandSchema = v.strictObject({
  id: v.union([v.string(), v.number()]),
  call: v.string(),
  params: v.optional(v.unknown()),
});
type Id = v.InferOutput<typeof commandSchema>["id"];

export class JsonSession {
  /** Resolves at the end of the input, when every call has been answered, or once Parley was locked. */
  readonly ended: Promise<"quit" | "locked">;
  readonly #messenger: SharedMessenger;
  readonly #output: Writable;
  readonly #view = new ViewPublisher();
  readonly #open = new Set<Promise<void>>();

  constructor(messenger: SharedMessenger, version: string, input: Readable, output: Writable) {
    this.#messenger = messenger;
    this.#output = output;
    this.#write({ event: "ready", version });
    this.#lookAtView();
    messenger.onEvery((event) => this.#hear(event));
    const lines = createInterface({ input, terminal: false });
    this.ended = new Promise((resolve) => {
      lines.on("line", (line) => this.#take(line));
      lines.once("close", () => void Promise.all(this.#open).then(() => resolve("quit")));
      messenger.on("locked", () => resolve("locked"));
    });
  }

  #hear({ name, value }: AnyWindowEvent): void {
    switch (name) {
      case "changed":
        this.#lookAtView();
        return;
      case "vault":
        return; // sealed keys
      default:
        this.#write({ event: name, ...value });
    }
  }

  #lookAtView(): void {
    const change = this.#view.change(this.#messenger);
    if (change !== undefined) this.#write({ event: "view", ...change });
  }

  #take(line: string): void {
    if (line.trim() === "") return;
    const answer = this.#answer(line).finally(() => this.#open.delete(answer));
    this.#open.add(answer);
  }

  async #answer(line: string): Promise<void> {
    const { success, output: command } = v.safeParse(commandSchema, parsed(line));
    if (!success) return this.#fail(null, "bad-argument", words.jsonWanted);
    const { id, call, params } = command;
    if (!isCall(call) || WITHHELD.has(call))
      return this.#fail(id, "bad-argument", words.noCall(call, nearMiss(call, NAMES)));
    try {
      this.#write({ event: "answer", id, result: (await this.#ask(call, params)) ?? null });
    } catch (error) {
      this.#fail(id, errorCode(error) ?? "internal", words.error(error));
    }
  }

  /** The messenger checks the parameters. */
  #ask(call: Call, params: unknown): Promise<unknown> {
    const ask = this.#messenger.calls[call] as (params: unknown) => ReturnType<Calls[Call]>;
    return ask(params);
  }

  #fail(id: Id | null, code: string, message: string): void {
    this.#write({ event: "failed", id, code, message });
  }

  #write(event: { readonly event: string; readonly [field: string]: unknown }): void {
    this.#output.write(`${asciiJson(event)}\n`);
  }
}

/** Returns JSON in which all characters beyond printable ASCII are escaped. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
