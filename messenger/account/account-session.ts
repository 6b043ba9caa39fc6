/** The account that is signed in, and its connection: joining, going online, signing out. */
import type { ClientOptions, ClientState } from "../../protocol/client/client.ts";
import { UsageError } from "../../protocol/errors.ts";
import { fingerprint } from "../../protocol/identity/identity.ts";
import { parseInvite } from "../../protocol/identity/invite.ts";
import { username } from "../../protocol/names.ts";
import type { Params } from "../calls.ts";
import type { Desk } from "../desk.ts";
import type { Account, MessengerLog, MessengerState } from "../model.ts";
import { assertShown, shownAccount } from "../shown.ts";
import { type Member, writeMembership } from "./account.ts";
import { Connection } from "./connection.ts";
import type { StoreKeys } from "./store-keys.ts";

export interface AccountSessionParts {
  /** Returns the desk in use: forget() and restore() replace it. */
  readonly desk: () => Desk;
  readonly keys: () => StoreKeys;
  readonly log: MessengerLog;
  /** @throws UsageError "closed" after the messenger was disposed of */
  readonly assertOpen: () => void;
}

export class AccountSession {
  readonly #parts: AccountSessionParts;
  readonly connection: Connection;
  member: Member | undefined;
  #joining = false;

  constructor(parts: AccountSessionParts, member: Member | undefined) {
    this.#parts = parts;
    this.member = member;
    this.connection = new Connection({
      opened: (client) => this.#desk.inbox.listen(client),
      state: (state) => this.#onLine(state),
      people: () => this.#desk.news.changed(),
    });
  }

  get #desk(): Desk {
    return this.#parts.desk();
  }

  get joining(): boolean {
    return this.#joining;
  }

  get state(): MessengerState {
    if (this.#joining) return { type: "connecting" };
    return this.member === undefined ? { type: "no-account" } : this.connection.state;
  }

  get account(): Account | undefined {
    if (this.member === undefined) return undefined;
    const { membership, identity } = this.member;
    const { name, host, port, caFingerprint } = membership;
    const plain = {
      name,
      host,
      port,
      fingerprint: fingerprint(identity.publicKey),
      identityKey: identity.publicKey,
    };
    return { ...plain, shown: shownAccount(plain, caFingerprint) };
  }

  /** @returns the account and its keys. @throws UsageError "wrong-state" if there is none */
  assertMember(): Member {
    if (this.member === undefined) throw new UsageError("wrong-state", "There is no account");
    return this.member;
  }

  async join({ link, name: wanted }: Params<"join">): Promise<void> {
    this.#parts.assertOpen();
    if (this.member !== undefined || this.#joining)
      throw new UsageError("wrong-state", "There is an account already");
    const { host, port, caFingerprint, token, pass, expiresAt, name: reservedFor } = parseInvite(link);
    const name = username(wanted);
    if (reservedFor !== undefined && reservedFor !== name)
      throw new UsageError("name-invalid", `The invite is for ${reservedFor}`);
    this.#joining = true;
    this.#desk.news.changed();
    try {
      const identity = await this.#parts.keys().ensureIdentity({ name, caFingerprint });
      this.#parts.assertOpen();
      const membership = { name, host, port, caFingerprint };
      // Set it before connecting, since deliveries arrive with the server's first answer.
      this.member = { membership, identity };
      await this.connection.visit({ ...membership, identity, inviteToken: token });
      this.#keepMembership();
      if (pass !== undefined) this.#desk.passes.joinedWith(pass, expiresAt);
      this.#desk.lineOpened();
    } catch (error) {
      this.member = undefined;
      await this.connection.stop();
      throw error;
    } finally {
      this.#joining = false;
      this.#desk.news.changed();
    }
  }

  /** Goes online. @param account the account on screen; absent if the program goes online by itself */
  connect({ account }: Partial<Params<"connect">>): void {
    this.#parts.assertOpen();
    const { membership, identity } = this.assertMember();
    if (account !== undefined) assertShown(account, this.account?.shown, "account-changed");
    const { name, host, port, caFingerprint, minimumCrlNumber } = membership;
    const options: ClientOptions = { name, host, port, caFingerprint, identity };
    this.connection.start(minimumCrlNumber === undefined ? options : { ...options, minimumCrlNumber });
    this.#desk.news.changed();
  }

  async signOut(): Promise<void> {
    await this.connection.stop();
    this.#desk.lineGone();
    this.#desk.news.changed();
  }

  #onLine(state: ClientState): void {
    this.#desk.news.changed();
    if (state.type !== "online") {
      this.#desk.lineGone();
      return;
    }
    if (this.#joining) return; // join() continues from here
    this.#desk.lineOpened();
    try {
      this.#keepMembership();
    } catch (error) {
      // For example, the disk is full. Go on, since waiting messages must be sent. The next sign-in stores the list's number.
      this.#parts.log.error(`Could not store the number of the newest revocation list: ${String(error)}`);
    }
  }

  /** Stores the account and the number of the newest revocation list. */
  #keepMembership(): void {
    if (this.member === undefined) return;
    const { membership, identity } = this.member;
    const minimumCrlNumber = this.connection.client?.minimumCrlNumber ?? membership.minimumCrlNumber;
    this.member = { membership: { ...membership, minimumCrlNumber }, identity };
    writeMembership(this.#desk.store.settings, this.member.membership);
  }
}
