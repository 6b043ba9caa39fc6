import type { Identity } from "../identity/identity.ts";
import type { Username } from "../names.ts";

/** The user, the server, and how to authenticate that server. */
export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  /** SHA-256 over the DER of the team's CA certificate, 32 bytes; taken from the invite and pinned. */
  readonly caFingerprint: Uint8Array;
  readonly name: Username;
  readonly identity: Identity;
  /** First visit only: the invite's token. Dropped after the first successful sign-in. */
  readonly inviteToken?: Uint8Array;
  /** `Client.minimumCrlNumber` of the last session: an older revocation list is then a rollback. */
  readonly minimumCrlNumber?: bigint;
  /** Sent to the server for its logs, at most 32 characters. */
  readonly software?: string;
}
