/** A message that a person wrote. */
import { badContent, type Codec, foreignText, ownText } from "./codec.ts";

export interface Text {
  readonly kind: "text";
  /** Markdown, at most MAX_PLAINTEXT_BYTES in UTF-8. */
  readonly text: string;
}

export const text: Codec<Text> = {
  fallback: () => "",
  encode: ({ text }) => ({ case: "text", value: { text: ownText(text) } }),
  decode: (body) => {
    if (body.case !== "text") throw badContent("a text without its body");
    return { kind: "text", text: foreignText(body.value.text) };
  },
};
