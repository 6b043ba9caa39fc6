/**
 * A running server's maintenance: applies changes made by the command line, watches the clock, deletes
 * expired data, renews the certificate.
 */
import type { ServerCredentials } from "../../protocol/channel/handshake.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Chore, type Pieces } from "../gateway/pieces.ts";
import { UNFINISHED_BLOB_DAYS } from "../limits.ts";
import type { Services } from "../services.ts";
import { words } from "../words/words.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";

/** A larger deviation between two checks cannot be drift: the clock was set, or the machine slept. */
const JUMP_MS = 60_000;
/**
 * Nothing expires before the clock has been stable for this long: a machine that starts with a wrong clock
 * must not delete waiting mail.
 */
const STEADY_MS = HOUR_MS;
/**
 * Expired invites are deleted within the hour, so that they cannot accumulate. Everything else is checked
 * daily, since that reads much data.
 */
const DROP_INVITES_MS = STEADY_MS / 2;
/** Looked up in one piece, some 5 µs each. */
const SESSIONS_A_PIECE = 50;
/** Pause after a file could not be removed, perhaps because another program has it open. */
const FILES_REST_MS = 60_000;
/** How often the length of the clock's steady time is stored, so that frequent restarts do not reset it. */
const NOTE_MS = 60_000;
const STEADY = "clock-steady";

/** Holds the server's credentials. */
export interface CredentialsKeeper {
  readonly credentials: ServerCredentials;
  /** Replaces certificates and lists that are about to expire, and loads changes by another process. */
  refresh(now: Date): Promise<void>;
  /** Forgets revocations of certificates that have expired. */
  dropExpired(now: Date): Promise<void>;
}

export class Upkeep {
  readonly #services: Services;
  readonly #keeper: CredentialsKeeper;
  /** Deletes mail that was given up from the disk. */
  readonly #sweep: Chore;
  /** Disconnects revoked members. */
  readonly #disconnectRevoked: Chore;
  readonly #dropInvites: Chore;
  readonly #dropOld: Chore;
  readonly #dropBlobs: Chore;
  /** The current work on the files of blobs: one task at a time. */
  #filesAtWork: Promise<void> | undefined;
  /** Monotonic milliseconds. */
  #filesFailedAt = Number.NEGATIVE_INFINITY;
  #ended = false;
  /** The difference between the wall clock and the monotonic time. */
  #offset: number;
  #steadySince: number;
  #droppedAt = Number.NEGATIVE_INFINITY;
  #invitesDroppedAt = Number.NEGATIVE_INFINITY;
  #notedAt = Number.NEGATIVE_INFINITY;

  /** @param now monotonic milliseconds, here and below */
  constructor(services: Services, keeper: CredentialsKeeper, now: number) {
    this.#services = services;
    this.#keeper = keeper;
    const { store } = services;
    this.#sweep = this.#chore(() => store.mailbox.sweep());
    this.#disconnectRevoked = this.#chore(() => this.#endRevoked());
    this.#dropInvites = this.#chore(() => store.invites.purge(services.clock()));
    this.#dropOld = this.#chore(() => this.#dropOldNow());
    this.#dropBlobs = this.#chore(() => {
      const now = services.clock();
      return store.blobs.expire(now, now - UNFINISHED_BLOB_DAYS * DAY_MS);
    });
    this.#offset = services.clock() - now;
    this.#steadySince = now - this.#steadyBefore();
  }

  /**
   * Applies changes that the command line made in the same store: disconnects revoked users, loads a new
   * certificate.
   */
  watch(now: number): void {
    const { store, lastSeen } = this.#services;
    this.#watchClock(now);
    this.#guarded(() => lastSeen.tick(now));
    this.#guarded(() => {
      if (!store.changedElsewhere()) return;
      this.#disconnectRevoked.due();
      this.#refresh();
    });
    this.#sweep.due();
    if (now - this.#filesFailedAt >= FILES_REST_MS) this.#atFiles((blobs) => blobs.sweep(() => !this.#ended));
  }

  /** Removes files and rows of blobs that no longer match, in pieces between other work. */
  checkBlobs(): void {
    this.#atFiles((blobs) => blobs.check(() => !this.#ended));
  }

  /** Resolves once no work on files is running. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#filesAtWork;
  }

  #atFiles(work: (blobs: Services["blobs"]) => Promise<void>): void {
    if (this.#filesAtWork !== undefined || this.#ended) return;
    this.#filesAtWork = work(this.#services.blobs)
      .catch((error: unknown) => {
        this.#filesFailedAt = performance.now();
        this.#report(words.log.own.blobsNotRemoved, error);
      })
      .finally(() => {
        this.#filesAtWork = undefined;
      });
  }

  *#endRevoked(): Pieces {
    const { store, presence, switchboard } = this.#services;
    for (const [at, session] of [...presence.all()].entries()) {
      if (at % SESSIONS_A_PIECE === 0) yield;
      const member = store.directory.find(session.name);
      if (member === undefined || member.revokedAt !== undefined)
        session.end(ErrorCode.AUTH_REFUSED, words.refusals.signIn.unknown);
    }
    yield* switchboard.endRevoked();
  }

  #chore(begin: () => Pieces): Chore {
    return new Chore(this.#services.shares, begin, (error) =>
      this.#report(words.log.own.upkeepFailed, error),
    );
  }

  /** Writes the last state when the server stops. */
  last(now: number): void {
    this.#guarded(() => this.#services.lastSeen.last());
    this.#guarded(() => this.#noteSteady(now));
  }

  daily(): void {
    this.#refresh();
  }

  /** Rows dated by a wrong clock would mislead a server with a right one. */
  #watchClock(now: number): void {
    const offset = this.#services.clock() - now;
    if (Math.abs(offset - this.#offset) > JUMP_MS) {
      this.#services.log.warn(
        { seconds: Math.round((offset - this.#offset) / 1000) },
        words.log.own.clockSet,
      );
      this.#steadySince = now;
      this.#notedAt = Number.NEGATIVE_INFINITY;
      this.#refresh();
    }
    this.#offset = offset;
    if (now - this.#notedAt >= NOTE_MS) this.#guarded(() => this.#noteSteady(now));
    if (now - this.#steadySince >= STEADY_MS) this.#dropInTime(now);
  }

  /** The only place where data is deleted because of the clock. */
  #dropInTime(now: number): void {
    if (now - this.#invitesDroppedAt >= DROP_INVITES_MS) {
      this.#invitesDroppedAt = now;
      this.#dropInvites.due();
      this.#dropBlobs.due();
    }
    if (now - this.#droppedAt < DAY_MS) return;
    this.#droppedAt = now;
    this.#dropOld.due();
    this.#keeper
      .dropExpired(new Date(this.#services.clock()))
      .catch((error: unknown) => this.#report(words.log.own.revocationsNotLookedThrough, error));
  }

  #noteSteady(now: number): void {
    this.#notedAt = now;
    const steadyMs = Math.min(Math.round(now - this.#steadySince), STEADY_MS);
    this.#services.store.settings.set(STEADY, `${steadyMs} ${this.#services.clock()}`);
  }

  /**
   * Returns how long the clock was stable before this start, milliseconds. A server that by this clock
   * stopped a moment ago recorded it: if the clock was set ahead since, then by less than mail that waits for
   * weeks can tolerate.
   */
  #steadyBefore(): number {
    const [steadyMs = Number.NaN, notedAt = Number.NaN] =
      this.#services.store.settings.get(STEADY)?.split(" ").map(Number) ?? [];
    const agoMs = this.#services.clock() - notedAt;
    return agoMs > -JUMP_MS && agoMs < STEADY_MS && steadyMs <= STEADY_MS ? steadyMs : 0;
  }

  /** Deletes expired mail and requests. */
  *#dropOldNow(): Pieces {
    const { store, limits, clock } = this.#services;
    const before = clock() - limits.mailboxDays * DAY_MS;
    yield* store.mailbox.purge(before);
    yield* store.conversations.purge(before);
  }

  #refresh(): void {
    this.#keeper
      .refresh(new Date(this.#services.clock()))
      .catch((error: unknown) => this.#report(words.log.own.certificateNotRefreshed, error));
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#report(words.log.own.upkeepFailed, error);
    }
  }

  #report(what: string, error: unknown): void {
    this.#services.log.error({ detail: error instanceof Error ? error.message : "unknown" }, what);
  }
}
