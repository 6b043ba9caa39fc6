/** Times and digests as an operator reads them. Programs get ISO 8601 and plain digits, by --json. */

/** @param ms Unix time, milliseconds @returns such as `2026-12-07 12:12 UTC` */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** @returns the digits in groups of four, as the dialog that asks before joining shows them */
export function groupedHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").match(/.{4}/g)?.join(" ") ?? "";
}
