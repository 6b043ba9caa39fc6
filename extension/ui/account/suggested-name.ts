/** Suggests a name to use on a server. */

/** @param login of the operating system, e.g. "Ann.Lee" @returns it as a name, or undefined where nothing useful is left */
export function suggestedName(login: string): string | undefined {
  const name = login
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|[._-]+$/g, "")
    .slice(0, 32);
  // The accounts of containers and servers say nothing about a person.
  return name === "" || name === "root" || name === "vscode" || name === "node" ? undefined : name;
}
