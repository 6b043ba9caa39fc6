/** Formats the parts of an invite that a user checks before joining. */
import type { Invite } from "../../../protocol/identity/invite.ts";

const DIGITS_PER_GROUP = 4;
const GROUPS_PER_LINE = 8;

/** @returns the server's address, and its authority's fingerprint in lines of groups, as `parley-server` prints it */
export function inviteOrigin(invite: Pick<Invite, "host" | "port" | "caFingerprint">): {
  server: string;
  fingerprint: string;
} {
  const host = invite.host.includes(":") ? `[${invite.host}]` : invite.host;
  const groups =
    Buffer.from(invite.caFingerprint)
      .toString("hex")
      .match(new RegExp(`.{${DIGITS_PER_GROUP}}`, "g")) ?? [];
  const lines: string[] = [];
  for (let start = 0; start < groups.length; start += GROUPS_PER_LINE)
    lines.push(groups.slice(start, start + GROUPS_PER_LINE).join(" "));
  return { server: `${host}:${invite.port}`, fingerprint: lines.join("\n") };
}
