/** All marks of a person on a message, such as their reactions. content.proto defines which of several wins. */
import { UsageError } from "../../errors.ts";
import { MAX_REACTIONS } from "../../limits.ts";
import { idBytes, type MessageId } from "../../names.ts";
import { badContent, type Codec, foreignId } from "./codec.ts";
import { isEmoji } from "./emoji.ts";

/** The highest version that the format can carry. */
const MAX_MARK_VERSION = 2 ** 32 - 1;

const MARK_NAMES = ["reaction"] as const;
export type MarkName = (typeof MARK_NAMES)[number];

export interface Mark {
  readonly kind: "mark";
  readonly target: MessageId;
  readonly name: MarkName;
  /** 1 to MAX_MARK_VERSION. */
  readonly version: number;
  /** Different emoji, at most MAX_REACTIONS. */
  readonly values: readonly string[];
}

export const mark: Codec<Mark> = {
  fallback: () => "",
  encode: ({ target, name, version, values }) => {
    const objection = objectionTo(version, values);
    if (objection !== undefined) throw new UsageError("bad-argument", `A mark has ${objection}`);
    return { case: "mark", value: { target: idBytes(target), name, version, values: [...values] } };
  },
  decode: (body) => {
    if (body.case !== "mark") throw badContent("a mark without its body");
    const { target, version, values } = body.value;
    const name = MARK_NAMES.find((known) => known === body.value.name);
    if (name === undefined) throw badContent("a mark of no known name");
    const objection = objectionTo(version, values);
    if (objection !== undefined) throw badContent(`a mark with ${objection}`);
    return { kind: "mark", target: foreignId(target), name, version, values };
  },
};

function objectionTo(version: number, values: readonly string[]): string | undefined {
  if (!Number.isInteger(version) || version < 1 || version > MAX_MARK_VERSION)
    return "a version out of range";
  if (values.length > MAX_REACTIONS) return "too many values";
  if (new Set(values).size < values.length) return "a value twice";
  return values.every(isEmoji) ? undefined : "a value that is no emoji";
}
