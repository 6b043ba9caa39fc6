/** The data that is embedded in the HTML of a chat panel's page. */
import * as v from "valibot";

/** Id of the element that holds the data as JSON. */
export const PAGE_START_ID = "start";

const pageStart = v.strictObject({
  /** Translations to the editor's display language, keyed by the English sentence. Empty for English and for missing languages. */
  sentences: v.record(v.string(), v.string()),
  /** The page's id, which its posts carry. */
  page: v.string(),
});

export type PageStart = Readonly<v.InferOutput<typeof pageStart>>;

const json = v.pipe(v.string(), v.parseJson(), pageStart);

/** @returns the data, without translations and id if the JSON is invalid */
export function parsePageStart(text: string): PageStart {
  const result = v.safeParse(json, text);
  return result.success ? result.output : { sentences: {}, page: "" };
}
