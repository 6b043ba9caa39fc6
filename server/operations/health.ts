/** Whether the server can do its work, for the operator's monitoring. */
import type { ServerCredentials } from "../../protocol/channel/handshake.ts";
import { type Expiry, expiryOf } from "../authority/expiry.ts";
import type { Services } from "../services.ts";
import { StoreBusy } from "../store/store-busy.ts";
import { words } from "../words/words.ts";
import { DAY_MS } from "./duration.ts";
import { rememberAlive } from "./last-run.ts";
import { timeText } from "./time-text.ts";
import type { CredentialsKeeper } from "./upkeep.ts";

/**
 * Days before expiry at which a missed renewal becomes a warning, long before sign-ins fail. One day before,
 * it counts as failing. The CA is never renewed, so its warning leaves the team time to plan.
 */
export const WARN_DAYS = { certificate: 20, revocationList: 2, authority: 180 } as const satisfies Record<
  keyof Expiry,
  number
>;

/** `failing`: people are affected now or within a day. `draining`: the server is stopping. */
export interface HealthReport {
  readonly status: "ok" | "draining" | "failing";
  /** The reasons why it is failing. */
  readonly reasons: readonly Finding[];
  /** Reasons why it will fail if nobody acts. */
  readonly warnings: readonly Finding[];
}

interface Finding {
  readonly code: "database-not-writable" | "certificate" | "revocation-list" | "authority";
  readonly detail: string;
}

const CODES = {
  certificate: "certificate",
  revocationList: "revocation-list",
  authority: "authority",
} as const satisfies Record<keyof Expiry, Finding["code"]>;

export class Health {
  readonly #services: Services;
  readonly #keeper: CredentialsKeeper;
  #writable = true;
  /** The credentials to which `expiry` belongs: reading them takes a signature check. */
  #read: { readonly of: ServerCredentials; readonly expiry: Expiry } | undefined;

  constructor(services: Services, keeper: CredentialsKeeper) {
    this.#services = services;
    this.#keeper = keeper;
  }

  /**
   * Writes the time into the database, to test whether writing works; the command line reads it to see when a
   * server was last alive. Asking for the health itself only reads.
   */
  probe(): void {
    const { store, clock } = this.#services;
    const done = (writable: boolean) => {
      this.#writable = writable;
    };
    try {
      rememberAlive(store, clock());
      store.committed().then(
        () => done(true),
        () => done(false),
      );
    } catch (error) {
      // Another program is writing, so writing works.
      if (!(error instanceof StoreBusy)) done(false);
    }
  }

  get expiry(): Expiry {
    const { credentials } = this.#keeper;
    if (this.#read?.of !== credentials) this.#read = { of: credentials, expiry: expiryOf(credentials) };
    return this.#read.expiry;
  }

  report(draining: boolean, now: Date): HealthReport {
    const reasons: Finding[] = [];
    const warnings: Finding[] = [];
    if (!this.#writable || this.#services.store.commits.failing)
      reasons.push({
        code: "database-not-writable",
        detail: words.doctor.database.notWritable,
      });
    const { expiry } = this;
    for (const what of ["certificate", "revocationList", "authority"] as const) {
      const days = (expiry[what].getTime() - now.getTime()) / DAY_MS;
      const detail = words.doctor.authority.notRenewed(timeText(expiry[what].getTime()));
      if (days < 1) reasons.push({ code: CODES[what], detail });
      else if (days < WARN_DAYS[what]) warnings.push({ code: CODES[what], detail });
    }
    const status = draining ? "draining" : reasons.length > 0 ? "failing" : "ok";
    return { status, reasons, warnings };
  }
}
