/** Where the repository is published: the one line in package.json that links, pictures, bug page and homepage come from. */

/** GitHub allows no account a hyphen at an end, so nobody can take the name and answer in our place. */
const PLACEHOLDER = "-fill-in-";

/** @returns a sentence about the missing repository before publishing, or undefined where nothing is missing */
export function stillToFillIn(repository: string): string | undefined {
  if (!repository.includes(PLACEHOLDER)) return undefined;
  return `Not ready to publish: "repository" in package.json is a placeholder (${repository}), and with it every link of the extension's page. The VSIX runs all the same; docs/PUBLISHING.md says what to fill in.`;
}
