/** Decides whether VS Code asks before it opens a link. If not, Parley asks. */

/**
 * VS Code asks before it opens a web site, but not for mail and not for this machine, where a link can do the most harm.
 * @param href an http, https or mailto link that `parseLink` (extension/contract) has accepted
 */
export function editorAsks(href: string): boolean {
  const url = new URL(href);
  if (url.protocol === "mailto:") return false;
  const host = url.hostname.replace(/\.$/, "");
  // Ask for every numeric address: this machine's has many spellings (`127.0.0.1`, `[::1]`, ...).
  return !(
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host.startsWith("[") ||
    /^[\d.]+$/.test(host)
  );
}
