/**
 * A running server's maintenance: follows changes by the command line and of the clock, deletes
 * data that is too old, renews its certificate.
 */
import type { ServerCredentials } from "../../protocol/channel/handshake.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Chore, type Pieces } from "../gateway/pieces.ts";
import { UNFINISHED_BLOB_DAYS } from "../limits.ts";
import type { Services } from "../services.ts";
import { words } from "../words/words.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";

/** The clock moved by more than it can have gone wrong by itself between two looks: it was set, or the machine slept. */
const JUMP_MS = 60_000;
/**
 * Nothing is too old before the clock has been left alone for so long: a machine that starts with a wrong one must
 * not delete waiting mail.
 */
const STEADY_MS = HOUR_MS;
/** Expired invites are deleted within the hour, so that no number of them piles up. Everything else is checked daily, since it is much to read. */
const DROP_INVITES_MS = STEADY_MS / 2;
/** Looked up in one piece, some 5 µs each. */
const SESSIONS_A_PIECE = 50;
/** After a file couldn't be removed, which another program may have open. */
const FILES_REST_MS = 60_000;
/** How often the length of the clock's steady time is stored, so that frequent restarts do not reset it. */
const NOTE_MS = 60_000;
const STEADY = "clock-steady";

/** Holds the server's credentials. */
export interface CredentialsKeeper {
  readonly credentials: ServerCredentials;
  /** Replaces certificates and lists that are about to expire, and takes over changes by another process. */
  refresh(now: Date): Promise<void>;
  /** Forgets revocations that have outlived their certificates. */
  dropExpired(now: Date): Promise<void>;
}

export class Upkeep {
  readonly #services: Services;
  readonly #keeper: CredentialsKeeper;
  /** Takes mail off the disk that nobody is to have any more. */
  readonly #sweep: Chore;
  /** Disconnects revoked members. */
  readonly #showOut: Chore;
  readonly #dropInvites: Chore;
  readonly #dropOld: Chore;
  readonly #dropBlobs: Chore;
  /** Work on the files of blobs: one thing at a time, and the rest once it is done. */
  #filesAtWork: Promise<void> | undefined;
  /** Monotonic milliseconds. */
  #filesFailedAt = Number.NEGATIVE_INFINITY;
  #ended = false;
  /** The clock's advance beyond the monotonic time. */
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
    this.#showOut = this.#chore(() => this.#endRevoked());
    this.#dropInvites = this.#chore(() => store.invites.purge(services.clock()));
    this.#dropOld = this.#chore(() => this.#dropOldNow());
    this.#dropBlobs = this.#chore(() => {
      const now = services.clock();
      return store.blobs.expire(now, now - UNFINISHED_BLOB_DAYS * DAY_MS);
    });
    this.#offset = services.clock() - now;
    this.#steadySince = now - this.#steadyBefore();
  }

  /** The command line works on the same store: a revoked user is shown out, a new certificate taken over. */
  watch(now: number): void {
    const { store, lastSeen } = this.#services;
    this.#watchClock(now);
    this.#guarded(() => lastSeen.tick(now));
    this.#guarded(() => {
      if (!store.changedElsewhere()) return;
      this.#showOut.due();
      this.#refresh();
    });
    this.#sweep.due();
    if (now - this.#filesFailedAt >= FILES_REST_MS) this.#atFiles((blobs) => blobs.sweep(() => !this.#ended));
  }

  /** Removes files and rows of blobs that belong together no more, beside other work. */
  checkBlobs(): void {
    this.#atFiles((blobs) => blobs.check(() => !this.#ended));
  }

  /** Resolves once no file is worked at. */
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

  /** The server stops. */
  last(now: number): void {
    this.#guarded(() => this.#services.lastSeen.last());
    this.#guarded(() => this.#noteSteady(now));
  }

  daily(): void {
    this.#refresh();
  }

  /** Rows dated by a wrong clock are of no use to anybody with a right one. */
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

  /** All that a clock may destroy, and the one place where it does. */
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
   * A server that stopped a moment ago, by this clock, knew the same clock: one that was set ahead meanwhile was by less than
   * mail that waits for weeks can spare. @returns for how long it was left alone before we started, milliseconds
   */
  #steadyBefore(): number {
    const [steadyMs = Number.NaN, notedAt = Number.NaN] =
      this.#services.store.settings.get(STEADY)?.split(" ").map(Number) ?? [];
    const agoMs = this.#services.clock() - notedAt;
    return agoMs > -JUMP_MS && agoMs < STEADY_MS && steadyMs <= STEADY_MS ? steadyMs : 0;
  }

  /** Mail and requests past their time. */
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
