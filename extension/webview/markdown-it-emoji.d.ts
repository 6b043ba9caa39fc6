declare module "markdown-it-emoji/lib/data/full.mjs" {
  /** Emoji by GitHub's short names. */
  const names: Readonly<Record<string, string>>;
  export default names;
}
