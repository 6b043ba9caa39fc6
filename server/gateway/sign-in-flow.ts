/** Takes a client from its handshake to a session, or turns it away. */
import type { ClientFacts } from "../../protocol/channel/handshake.ts";
import type { Line } from "../../protocol/channel/line.ts";
import { ErrorCode, Opcode } from "../../protocol/wire/parley_pb.ts";
import { SIGN_IN_COST } from "../limits.ts";
import { MuchToEnd } from "../routing/switchboard.ts";
import type { Services } from "../services.ts";
import { StoreBusy } from "../store/store-busy.ts";
import { words } from "../words/words.ts";
import { BUSY_RETRY_MS, errorBody, reasonOf } from "./answers.ts";
import { inPieces, type Pieces } from "./pieces.ts";
import { Refusal } from "./refusal.ts";
import { Session } from "./session.ts";
import { type SignedIn, signIn } from "./sign-in.ts";

export class SignInFlow {
  readonly #services: Services<Session>;

  constructor(services: Services<Session>) {
    this.#services = services;
  }

  /** Signs in a client that has proved its key. @param connection its number, for the log */
  run(line: Line, client: ClientFacts, connection: number, address: string): void {
    let user: SignedIn;
    try {
      user = this.#admit(client);
    } catch (error) {
      if (error instanceof MuchToEnd) this.#endFormer(line, client, connection, address);
      else this.#turnAway(error, line, connection, address);
      return;
    }
    this.#welcome(line, client, user, connection);
  }

  #turnAway(error: unknown, line: Line, connection: number, address: string): void {
    const refusal = refusalFor(error);
    this.#services.counts.signInsRefused.add(reasonOf(refusal.code));
    this.#services.remote.note({ address }, "signInRefused", {
      connection,
      reason: reasonOf(refusal.code),
    });
    line.send(Opcode.ERROR, 0, errorBody(refusal.code, refusal.message, refusal.context));
    line.close();
  }

  /**
   * Signs in a new owner of a name. The former owner's conversations are ended piece by piece, in turns with
   * people's requests, before the new owner signs in. If the connection or the server ends first, the name is
   * not theirs yet, and the invite is still valid.
   */
  #endFormer(line: Line, client: ClientFacts, connection: number, address: string): void {
    const { presence, shares, switchboard } = this.#services;
    let isThere = true;
    line.once("end", () => {
      isThere = false;
    });
    // A client sends nothing before it is welcomed: nothing is opened.
    line.takeInTurns(() => {});
    presence.get(client.name)?.end(ErrorCode.SUPERSEDED, words.refusals.connection.elsewhere);
    // Not the name's own share, which the former owner could use up.
    const share = shares.join(Symbol("formerOwner"));
    const signIn = () => {
      if (isThere) this.run(line, client, connection, address);
    };
    const failed = (error: unknown) => {
      if (isThere) this.#turnAway(error, line, connection, address);
    };
    function* work(): Pieces {
      try {
        yield* switchboard.endInPieces(client.name);
      } finally {
        shares.leave(share);
      }
      signIn();
    }
    shares.serve(share, inPieces(work(), failed));
  }

  #welcome(line: Line, client: ClientFacts, user: SignedIn, connection: number): void {
    const session = new Session(line, user, this.#services, connection);
    const { remote, lastSeen, store, clock } = this.#services;
    const start = () => {
      this.#services.counts.signIns.add(user.how);
      const { name, how } = user;
      remote.note({ member: name }, "signedIn", { connection, how, software: client.software });
      remote.note({ member: name }, "signedInAs", { connection, name });
      lastSeen.note(user.name, clock());
      session.start();
    };
    store.committed().then(start, () => {
      // With a full disk, existing members can still talk with those online.
      if (user.how === "known" && store.directory.find(user.name) !== undefined) start();
      else session.end(ErrorCode.INTERNAL, words.refusals.signIn.notStored);
    });
  }

  /**
   * Charges the sign-in to the person: the handshake has proved their key. Strangers are charged to their
   * address (admission.ts).
   * @throws Refusal
   */
  #admit(client: ClientFacts): SignedIn {
    const { store, limits, switchboard, allowances, counts, clock } = this.#services;
    const user = signIn(store, client, limits, clock(), (name) => switchboard.endAll(name));
    const retryAfterMs = allowances.take(user.name, SIGN_IN_COST, performance.now());
    if (retryAfterMs > 0)
      throw new Refusal(ErrorCode.RATE_LIMITED, words.refusals.connection.tooManyRequests, { retryAfterMs });
    counts.work += SIGN_IN_COST;
    return user;
  }
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof StoreBusy)
    return new Refusal(ErrorCode.BUSY, words.refusals.connection.busy, { retryAfterMs: BUSY_RETRY_MS });
  return new Refusal(ErrorCode.INTERNAL, words.refusals.connection.fault);
}
