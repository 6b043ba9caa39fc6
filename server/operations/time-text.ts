/** Times and digests in the form that operators read. With --json, programs get ISO 8601 and plain digits. */

/**
 * Formats a time.
 * @param ms Unix time, milliseconds
 * @returns such as `2026-12-07 12:12 UTC`
 */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Returns hexadecimal digits in groups of four, as in the dialog that asks before joining. */
export function groupedHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").match(/.{4}/g)?.join(" ") ?? "";
}
