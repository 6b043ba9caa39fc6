/** A target: one parser of foreign bytes, its inputs, and the oracle that detects a fault. */
import assert from "node:assert/strict";
import { ParleyError } from "../../protocol/errors.ts";
import type { Inspector } from "./coverage.ts";

export interface Target {
  /** Valid inputs, from which others are made. */
  readonly samples: readonly Uint8Array[];
  /** Pieces that are special to the parser, sometimes inserted into inputs. */
  readonly words?: readonly Uint8Array[];
  /** Longest input to make, bytes; 2048 by default. */
  readonly maxBytes?: number;
  /** Most memory that one input may use; 64 MiB by default. */
  readonly maxMemoryBytes?: number;
  /** Coverage of the place where the parser runs, if not this thread. */
  readonly inspector?: Inspector;
  /**
   * Parses an input.
   * @param input may be kept, but not changed
   * @throws anything when the parser is at fault
   */
  run(input: Uint8Array): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** Creates the target: it may need sockets, files, a browser. */
export type OpenTarget = () => Target | Promise<Target>;

/**
 * Runs `parse`, whose errors must be documented ones.
 * @param documented `code` of each
 * @returns the result; undefined when the input was refused
 */
export function parsed<Result>(documented: readonly string[], parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    requireDocumented(documented, error);
    return undefined;
  }
}

/** Does the same for an asynchronous parser. */
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

/**
 * Checks an error.
 * @throws the error itself if it is not a documented one
 */
export function requireDocumented(documented: readonly string[], error: unknown): void {
  if (!(error instanceof ParleyError) || !documented.includes(error.code)) throw error;
  // It is logged, so it must be short and on one line.
  assert.match(error.message, /^[^\n]{1,400}$/, "the text of an error");
}

export function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

/**
 * Changes `genuine` by `edits`, five bytes per change: u8 kind | u24 position | u8 value. For bytes that are
 * new in each run.
 */
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

/** Edits that change nothing, and one of each kind. */
export const EDITS: readonly Uint8Array[] = [
  new Uint8Array(),
  ...[0, 1, 2, 3, 4].map((what) => Uint8Array.of(what, 0, 0, 40, 1)),
];

/** Returns `input` after a byte that selects one of several parsers. */
export function forKind(kind: number, input: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.of(kind), input]));
}
