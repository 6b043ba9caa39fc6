/** Deletes one of the sender's messages for everybody. */
import { idBytes, type MessageId } from "../../names.ts";
import { badContent, type Codec, foreignId } from "./codec.ts";

export interface Delete {
  readonly kind: "delete";
  readonly target: MessageId;
}

export const deletion: Codec<Delete> = {
  fallback: () => "",
  encode: ({ target }) => ({ case: "delete", value: { target: idBytes(target) } }),
  decode: (body) => {
    if (body.case !== "delete") throw badContent("a deletion without its body");
    return { kind: "delete", target: foreignId(body.value.target) };
  },
};
