/** The versions of the interface for other extensions that this Parley offers. */

const OFFERED: readonly unknown[] = [1];

/** Checks a version. @param version any value, since the caller may be JavaScript. @throws Error with a message for the caller's author */
export function requireVersion(version: unknown): void {
  if (OFFERED.includes(version)) return;
  throw new Error(
    `Parley offers version ${OFFERED.join(", ")} of its interface, not ${JSON.stringify(version)}. Ask for one of these with getApi(version), or update Parley.`,
  );
}
