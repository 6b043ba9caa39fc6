/** What the page inside a chat panel is given with its HTML, before anything is posted to it. */
import * as v from "valibot";

/** Of the element that holds it as JSON. */
export const PAGE_START_ID = "start";

const pageStart = v.strictObject({
  /** English to the editor's display language. Empty where that is English, or has no translation. */
  sentences: v.record(v.string(), v.string()),
});

export type PageStart = Readonly<v.InferOutput<typeof pageStart>>;

const json = v.pipe(v.string(), v.parseJson(), pageStart);

/** @returns what the JSON says; no sentences where it is not exactly that */
export function parsePageStart(text: string): PageStart {
  const result = v.safeParse(json, text);
  return result.success ? result.output : { sentences: {} };
}
