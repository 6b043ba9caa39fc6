/**
 * The repository's address: the one line in package.json from which links, pictures, issue page and homepage
 * are derived.
 */

/** GitHub account names cannot begin or end with a hyphen, so nobody can register this one. */
const PLACEHOLDER = "-fill-in-";

/** Returns a sentence about a missing repository before publishing, or undefined if it is filled in. */
export function stillToFillIn(repository: string): string | undefined {
  if (!repository.includes(PLACEHOLDER)) return undefined;
  return `Not ready to publish: "repository" in package.json is a placeholder (${repository}), and with it every link of the extension's page. The VSIX runs all the same; docs/PUBLISHING.md says what to fill in.`;
}
