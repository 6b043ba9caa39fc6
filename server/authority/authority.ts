/**
 * The team's certification authority in use: it authenticates the server to its clients. upkeep.ts handles
 * its files and when they are replaced.
 */
import { constants, createHash, sign } from "node:crypto";
import type { ServerCredentials } from "../../protocol/channel/handshake.ts";
import { UsageError } from "../../protocol/errors.ts";
import { staticKeyContent } from "../../protocol/identity/certificate.ts";
import { type Host, parseHost } from "../../protocol/identity/host.ts";
import {
  type AuthorityState,
  beginTerm,
  dropExpired,
  reissueList,
  renewCredentials,
  revokeServer,
} from "./upkeep.ts";

export interface AuthorityOptions {
  /**
   * DNS names and addresses by which clients connect: each must be in the server's certificate. May be empty
   * if a certificate exists.
   */
  readonly names: readonly string[];
  /** Default: the current time. */
  readonly now?: Date;
}

/**
 * Opens the CA in `directory`, a folder of its own, or creates one there.
 * @throws UsageError "bad-argument" for an invalid name; AuthorityError for a folder that others can read, or
 * whose files are damaged
 */
export async function openAuthority(directory: string, options: AuthorityOptions): Promise<Authority> {
  const names = options.names.map((text) => {
    const name = parseHost(text);
    if (name === undefined)
      throw new UsageError("bad-argument", `${text} is neither a DNS name nor an address`);
    return name;
  });
  return new Authority(directory, names, await renewCredentials(directory, names, options.now ?? new Date()));
}

/** The open CA, made by openAuthority(). */
export class Authority {
  readonly #directory: string;
  readonly #names: readonly Host[];
  #state: AuthorityState;
  #credentials: ServerCredentials;
  /** Changes run one at a time: each starts from the files that the previous one wrote. */
  #last: Promise<void> = Promise.resolve();

  constructor(directory: string, names: readonly Host[], state: AuthorityState) {
    this.#directory = directory;
    this.#names = names;
    this.#state = state;
    this.#credentials = credentialsOf(state);
  }

  /** Read this for each connection: refresh() and renewAndRevoke() replace it. */
  get credentials(): ServerCredentials {
    return this.#credentials;
  }

  /** SHA-256 over the CA certificate's DER, 32 bytes; invites pin it. */
  get caFingerprint(): Uint8Array {
    return new Uint8Array(createHash("sha256").update(this.#state.ca.certificate).digest());
  }

  /**
   * Renews certificates and lists that are about to expire, and loads changes that another process made in
   * the folder. Call it daily.
   */
  refresh(now: Date): Promise<void> {
    return this.#change(() => renewCredentials(this.#directory, this.#names, now));
  }

  /**
   * Removes expired entries from the revocation list.
   * @param now by a clock that has been stable for a while
   */
  dropExpired(now: Date): Promise<void> {
    return this.#change(async () => {
      await dropExpired(this.#directory, this.#state, now);
      return renewCredentials(this.#directory, this.#names, now);
    });
  }

  /**
   * Replaces the certificate after a theft: issues one with new keys, and puts the old one on the revocation
   * list.
   */
  renewAndRevoke(now: Date): Promise<void> {
    return this.#change(async () => {
      const state = await renewCredentials(this.#directory, this.#names, now);
      await revokeServer(this.#directory, state, now);
      return renewCredentials(this.#directory, this.#names, now);
    });
  }

  /**
   * Issues a new revocation list. Call it at each start: the folder may have been restored from a backup
   * whose list clients refuse as too old.
   */
  reissueList(now: Date): Promise<void> {
    return this.#change(async () => {
      await reissueList(this.#directory, this.#state, now);
      return renewCredentials(this.#directory, this.#names, now);
    });
  }

  /**
   * Begins a new term. Call it once where another machine takes over: clients that have connected to this one
   * then refuse the machine it replaces.
   */
  beginTerm(now: Date): Promise<void> {
    return this.#change(async () => {
      await beginTerm(this.#directory, this.#state, now);
      return renewCredentials(this.#directory, this.#names, now);
    });
  }

  #change(action: () => Promise<AuthorityState>): Promise<void> {
    const done = this.#last.then(async () => {
      this.#state = await action();
      this.#credentials = credentialsOf(this.#state);
    });
    this.#last = done.catch(() => undefined); // the caller of `done` gets the error
    return done;
  }
}

function credentialsOf({ ca, server, revocationList }: AuthorityState): ServerCredentials {
  const key = { key: server.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return {
    certificates: [server.certificate, ca.certificate],
    revocationList,
    staticKey: server.staticKey,
    staticKeySignature: new Uint8Array(sign("sha256", staticKeyContent(server.staticKey.publicKey), key)),
  };
}
