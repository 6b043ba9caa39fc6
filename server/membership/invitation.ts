/** Makes invites: stores the hash of a fresh token, and builds the link that carries the token. */
import { randomBytes } from "node:crypto";
import { type Invite, inviteLink } from "../../protocol/identity/invite.ts";
import { INVITE_TOKEN_BYTES } from "../../protocol/limits.ts";
import type { InviteTerms, Settings, Store } from "../store/store.ts";

/** The address at which people reach the server, and the CA that authenticates it. */
export interface Reach {
  readonly host: string;
  readonly port: number;
  /** 32 bytes. */
  readonly caFingerprint: Uint8Array;
}

/**
 * Makes an invite.
 * @returns a parley:// link, valid once the store has committed. It is a secret for its receiver: never log
 * it
 */
export function newInvite(store: Store, reach: Reach, terms: InviteTerms): string {
  const token = new Uint8Array(randomBytes(INVITE_TOKEN_BYTES));
  store.invites.add(token, terms);
  const { host, port, caFingerprint } = reach;
  const invite: Invite = {
    host,
    port,
    caFingerprint,
    token,
    expiresAt: new Date(terms.expiresAt),
    ...(terms.reservedFor === undefined ? {} : { name: terms.reservedFor }),
  };
  return inviteLink(invite);
}

/** Stores the running server's address for the commands that run beside it. @param names the certificate's names. */
export function rememberReach(
  store: Store,
  { host, port, caFingerprint }: Reach,
  names: readonly string[],
): void {
  store.settings.set("host", host);
  store.settings.set("port", String(port));
  store.settings.set("ca-fingerprint", Buffer.from(caFingerprint).toString("hex"));
  store.settings.set("names", names.join(" "));
}

/** Returns the stored address, or undefined if no server ever ran on this store. */
export function rememberedReach(store: {
  readonly settings: Pick<Settings, "get">;
}): (Reach & { readonly names: readonly string[] }) | undefined {
  const host = store.settings.get("host");
  const port = Number(store.settings.get("port"));
  const caFingerprint = store.settings.get("ca-fingerprint");
  const names = store.settings.get("names")?.split(" ");
  if (host === undefined || caFingerprint === undefined || names === undefined || !Number.isInteger(port))
    return undefined;
  return { host, port, caFingerprint: new Uint8Array(Buffer.from(caFingerprint, "hex")), names };
}
