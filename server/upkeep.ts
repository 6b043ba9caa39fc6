/** What a running server does beside serving: follows what the command line changed, forgets what is too old, renews its certificate. */
import type { ServerCredentials } from "../protocol/channel/handshake.ts";
import { ErrorCode } from "../protocol/wire/parley_pb.ts";
import type { Services } from "./services.ts";

export const DAY_MS = 24 * 3600 * 1000;

/** Holds the server's credentials. */
export interface CredentialsKeeper {
  readonly credentials: ServerCredentials;
  /** Replaces what is about to expire, and takes over what another process changed. */
  refresh(now: Date): Promise<void>;
}

export class Upkeep {
  readonly #services: Services;
  readonly #keeper: CredentialsKeeper;

  constructor(services: Services, keeper: CredentialsKeeper) {
    this.#services = services;
    this.#keeper = keeper;
  }

  /** The command line works on the same store: a revoked user is shown out, a new certificate taken over. */
  watch(): void {
    const { store, presence, switchboard } = this.#services;
    this.#guarded(() => {
      if (!store.changedElsewhere()) return;
      for (const session of [...presence.all()]) {
        const member = store.directory.find(session.name);
        if (member === undefined || member.revokedAt !== undefined)
          session.end(ErrorCode.AUTH_REFUSED, "unknown name or wrong key");
      }
      switchboard.endRevoked();
      this.#refresh();
    });
  }

  daily(): void {
    this.#refresh();
    this.#guarded(() => this.dropOld());
  }

  /** Mail, requests and invites past their time, and what is left of users revoked while no server ran. */
  dropOld(): void {
    const { store, limits, clock, switchboard } = this.#services;
    const before = clock() - limits.mailboxDays * DAY_MS;
    store.atomically(() => {
      store.mailbox.purge(before);
      store.conversations.purge(before);
      store.invites.purge(before);
      switchboard.endRevoked();
    });
  }

  #refresh(): void {
    this.#keeper
      .refresh(new Date())
      .catch((error: unknown) => this.#report("certificate not refreshed", error));
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#report("upkeep failed", error);
    }
  }

  #report(what: string, error: unknown): void {
    this.#services.log.error({ detail: error instanceof Error ? error.message : "unknown" }, what);
  }
}
