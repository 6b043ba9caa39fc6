/** The versions of the interface for other extensions that this Parley offers. */

const OFFERED: readonly unknown[] = [1];

/** @param version from another extension, which may not be TypeScript @throws Error that its author understands */
export function requireVersion(version: unknown): void {
  if (OFFERED.includes(version)) return;
  throw new Error(
    `Parley offers version ${OFFERED.join(", ")} of its interface, not ${JSON.stringify(version)}. Ask for one of these with getApi(version), or update Parley.`,
  );
}
