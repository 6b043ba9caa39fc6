/** A new version of a text. content.proto defines when it has an effect. */
import { UsageError } from "../../errors.ts";
import { MAX_REVISIONS } from "../../limits.ts";
import type { MessageId } from "../../names.ts";
import { idBytes } from "../../names.ts";
import { badContent, type Codec, foreignId, foreignText, ownText } from "./codec.ts";

export interface Edit {
  readonly kind: "edit";
  readonly target: MessageId;
  /** 1 to MAX_REVISIONS; the text as it was first sent is revision 0. */
  readonly revision: number;
  /** As in a text. */
  readonly text: string;
}

export const edit: Codec<Edit> = {
  fallback: () => "",
  encode: ({ target, revision, text }) => {
    if (!isRevision(revision))
      throw new UsageError("bad-argument", "An edit has a revision from 1 to MAX_REVISIONS");
    return {
      case: "edit",
      value: { target: idBytes(target), revision, text: { text: ownText(text) } },
    };
  },
  decode: (body) => {
    if (body.case !== "edit" || body.value.text === undefined) throw badContent("an edit without its body");
    const { target, revision, text } = body.value;
    if (!isRevision(revision)) throw badContent("an edit out of range");
    return { kind: "edit", target: foreignId(target), revision, text: foreignText(text.text) };
  },
};

function isRevision(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= MAX_REVISIONS;
}
