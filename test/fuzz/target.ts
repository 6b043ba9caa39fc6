/** A target: one parser that meets foreign bytes, its inputs, and how one sees that it did wrong (the oracle). */
import assert from "node:assert/strict";
import { ParleyError } from "../../protocol/errors.ts";
import type { Inspector } from "./coverage.ts";

export interface Target {
  /** Valid inputs, from which others are made. */
  readonly samples: readonly Uint8Array[];
  /** Pieces that mean something to the parser: they are put into inputs now and then. */
  readonly words?: readonly Uint8Array[];
  /** Longest input to make, bytes; 2048 where left out. */
  readonly maxBytes?: number;
  /** Most that one input may cost; 64 MiB where left out. */
  readonly maxMemoryBytes?: number;
  /** Where the parser runs, if that is not this thread. */
  readonly inspector?: Inspector;
  /** @param input may be kept, but not changed @throws anything where the parser did wrong */
  run(input: Uint8Array): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** Makes the target anew: it may hold sockets, files, a browser. */
export type OpenTarget = () => Target | Promise<Target>;

/**
 * Runs `parse`; its errors have to be documented ones.
 * @param documented `code` of each
 * @returns the result; undefined where the input was refused
 */
export function parsed<Result>(documented: readonly string[], parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    requireDocumented(documented, error);
    return undefined;
  }
}

/** As parsed(), for one that answers later. */
export async function parsedLater<Result>(
  documented: readonly string[],
  parse: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await parse();
  } catch (error) {
    requireDocumented(documented, error);
    return undefined;
  }
}

/** @throws the error itself where it is another than those */
export function requireDocumented(documented: readonly string[], error: unknown): void {
  if (!(error instanceof ParleyError) || !documented.includes(error.code)) throw error;
  // It goes into logs: short, and of one line.
  assert.match(error.message, /^[^\n]{1,400}$/, "the text of an error");
}

export function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

/** Changes `genuine` by `edits`, five bytes a change: u8 kind | u24 place | u8 value. For bytes that are new in each run. */
export function edited(genuine: Uint8Array, edits: Uint8Array): Uint8Array {
  let bytes = Buffer.from(genuine);
  for (let at = 0; at + EDIT_BYTES <= edits.length; at += EDIT_BYTES) {
    const [what = 0, high = 0, middle = 0, low = 0, value = 0] = edits.subarray(at, at + EDIT_BYTES);
    const place = bytes.length === 0 ? 0 : ((high << 16) | (middle << 8) | low) % bytes.length;
    switch (what % 5) {
      case 0:
        bytes[place] = (bytes[place] ?? 0) ^ value;
        break;
      case 1:
        bytes = bytes.subarray(0, place);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + value)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, place + value), bytes.subarray(place)]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, place), Buffer.alloc(value, value), bytes.subarray(place)]);
    }
  }
  return new Uint8Array(bytes);
}

const EDIT_BYTES = 5;

/** The edits that change nothing, and one of each kind. */
export const EDITS: readonly Uint8Array[] = [
  new Uint8Array(),
  ...[0, 1, 2, 3, 4].map((what) => Uint8Array.of(what, 0, 0, 40, 1)),
];

/** @returns `input` behind a byte that says which of several parsers it is for */
export function forKind(kind: number, input: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.of(kind), input]));
}
