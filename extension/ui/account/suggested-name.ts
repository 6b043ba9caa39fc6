/** Suggests a name to use on a server. */

/**
 * Derives a name from a login name.
 * @param login the operating system's user name, e.g. "Ann.Lee"
 * @returns a valid name, or undefined if no useful part is left
 */
export function suggestedName(login: string): string | undefined {
  const name = login
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "")
    .slice(0, 32);
  // These are accounts of containers and servers, not of people.
  return name === "" || name === "root" || name === "vscode" || name === "node" ? undefined : name;
}
