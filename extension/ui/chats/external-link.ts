/** Whether the editor itself asks before it opens a link of a chat; otherwise we ask. */

/**
 * VS Code asks before it opens a web site, but not for mail and not for this machine, where a link can do most harm.
 * @param href http, https or mailto, as `parseLink` (extension/contract) lets through
 */
export function editorAsks(href: string): boolean {
  const url = new URL(href);
  if (url.protocol === "mailto:") return false;
  const host = url.hostname.replace(/\.$/, "");
  // Addresses in figures (`127.0.0.1`, `[::1]`) may be this machine's under many spellings: ask for all of them.
  return !(
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host.startsWith("[") ||
    /^[\d.]+$/.test(host)
  );
}
