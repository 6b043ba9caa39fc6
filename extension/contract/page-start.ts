/** The data that the page inside a chat panel gets with its HTML, before anything is posted to it. */
import * as v from "valibot";

/** Id of the element that holds it as JSON. */
export const PAGE_START_ID = "start";

const pageStart = v.strictObject({
  /** English to the editor's display language. Empty where that is English, or has no translation. */
  sentences: v.record(v.string(), v.string()),
});

export type PageStart = Readonly<v.InferOutput<typeof pageStart>>;

const json = v.pipe(v.string(), v.parseJson(), pageStart);

/** @returns the parsed JSON; no sentences where it is invalid */
export function parsePageStart(text: string): PageStart {
  const result = v.safeParse(json, text);
  return result.success ? result.output : { sentences: {} };
}
