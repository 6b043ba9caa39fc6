/**
 * What a running server does beside serving: follows what the command line changed and what happens to the clock, forgets
 * what is too old, renews its certificate.
 */
import type { ServerCredentials } from "../protocol/channel/handshake.ts";
import { ErrorCode } from "../protocol/wire/parley_pb.ts";
import type { Services } from "./services.ts";

export const DAY_MS = 24 * 3600 * 1000;
/** The clock moved by more than it can have gone wrong by itself between two looks: it was set, or the machine slept. */
const JUMP_MS = 60_000;
/**
 * Nothing is too old before the clock has been left alone for so long: a machine that starts with a wrong one must
 * not throw away what waits.
 */
const STEADY_MS = 3600 * 1000;
/** Invites are gone within the hour after they have expired, so that no number of them piles up. All else goes daily: it is much to look through. */
const DROP_INVITES_MS = STEADY_MS / 2;
/** How often it is written down for how long that was, for a server that is started anew within the hour. */
const NOTE_MS = 60_000;
const STEADY = "clock-steady";

/** Holds the server's credentials. */
export interface CredentialsKeeper {
  readonly credentials: ServerCredentials;
  /** Replaces what is about to expire, and takes over what another process changed. */
  refresh(now: Date): Promise<void>;
  /** Forgets revocations that have outlived their certificates. */
  dropExpired(now: Date): Promise<void>;
}

export class Upkeep {
  readonly #services: Services;
  readonly #keeper: CredentialsKeeper;
  /** What the clock shows beyond the monotonic time. */
  #offset: number;
  #steadySince: number;
  #droppedAt = Number.NEGATIVE_INFINITY;
  #invitesDroppedAt = Number.NEGATIVE_INFINITY;
  #notedAt = Number.NEGATIVE_INFINITY;

  /** @param now monotonic milliseconds, here and below */
  constructor(services: Services, keeper: CredentialsKeeper, now: number) {
    this.#services = services;
    this.#keeper = keeper;
    this.#offset = services.clock() - now;
    this.#steadySince = now - this.#steadyBefore();
  }

  /** The command line works on the same store: a revoked user is shown out, a new certificate taken over. */
  watch(now: number): void {
    const { store, presence, switchboard, lastSeen } = this.#services;
    this.#watchClock(now);
    this.#guarded(() => lastSeen.tick(now));
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

  /** The server stops. */
  last(now: number): void {
    this.#guarded(() => this.#services.lastSeen.last());
    this.#guarded(() => this.#noteSteady(now));
  }

  daily(): void {
    this.#refresh();
  }

  /** What was made by a wrong clock is of no use to anybody with a right one. */
  #watchClock(now: number): void {
    const offset = this.#services.clock() - now;
    if (Math.abs(offset - this.#offset) > JUMP_MS) {
      this.#services.log.warn({ seconds: Math.round((offset - this.#offset) / 1000) }, "the clock was set");
      this.#steadySince = now;
      this.#notedAt = Number.NEGATIVE_INFINITY;
      this.#refresh();
    }
    this.#offset = offset;
    if (now - this.#notedAt >= NOTE_MS) this.#guarded(() => this.#noteSteady(now));
    if (now - this.#steadySince >= STEADY_MS) this.#dropInTime(now);
  }

  /** All that a clock may destroy, and the one place where it does. */
  #dropInTime(now: number): void {
    if (now - this.#invitesDroppedAt >= DROP_INVITES_MS) {
      this.#invitesDroppedAt = now;
      this.#guarded(() => this.#services.store.invites.purge(this.#services.clock()));
    }
    if (now - this.#droppedAt < DAY_MS) return;
    this.#droppedAt = now;
    this.#guarded(() => this.#dropOld());
    this.#keeper
      .dropExpired(new Date(this.#services.clock()))
      .catch((error: unknown) => this.#report("revocations not looked through", error));
  }

  #noteSteady(now: number): void {
    this.#notedAt = now;
    const steadyMs = Math.min(Math.round(now - this.#steadySince), STEADY_MS);
    this.#services.store.settings.set(STEADY, `${steadyMs} ${this.#services.clock()}`);
  }

  /**
   * What stopped a moment ago, by this clock, knew the same clock: one that was set ahead meanwhile was by less than what
   * waits for weeks can spare. @returns for how long it was left alone before we started, milliseconds
   */
  #steadyBefore(): number {
    const [steadyMs = Number.NaN, notedAt = Number.NaN] =
      this.#services.store.settings.get(STEADY)?.split(" ").map(Number) ?? [];
    const agoMs = this.#services.clock() - notedAt;
    return agoMs > -JUMP_MS && agoMs < STEADY_MS && steadyMs <= STEADY_MS ? steadyMs : 0;
  }

  /** Mail and requests past their time. */
  #dropOld(): void {
    const { store, limits, clock } = this.#services;
    const before = clock() - limits.mailboxDays * DAY_MS;
    store.atomically(() => {
      store.mailbox.purge(before);
      store.conversations.purge(before);
    });
  }

  #refresh(): void {
    this.#keeper
      .refresh(new Date(this.#services.clock()))
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
