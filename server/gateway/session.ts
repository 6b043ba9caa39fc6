/** One signed-in connection: requests, answers and deliveries, budget, keep-alive, and its end. */
import { create, toBinary } from "@bufbuild/protobuf";
import type { Line, LineEnd } from "../../protocol/channel/line.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_ERROR_DETAIL_CHARACTERS } from "../../protocol/limits.ts";
import type { ConversationId, Username } from "../../protocol/names.ts";
import type { Envelope } from "../../protocol/wire/batch.ts";
import { ErrorCode, ErrorSchema, Opcode, QuitReason, QuitSchema } from "../../protocol/wire/parley_pb.ts";
import { WORK_LEFT_BY_BLOBS } from "../limits.ts";
import type { Outcome } from "../routing/awaited.ts";
import type { Holder } from "../routing/holdings.ts";
import { Outbox } from "../routing/outbox.ts";
import type { Services } from "../services.ts";
import { StoreBusy } from "../store/store-busy.ts";
import { verbFor } from "../verbs/table.ts";
import { decode } from "../verbs/verb.ts";
import { words } from "../words/words.ts";
import { BUSY_RETRY_MS, EMPTY, errorBody, RECEIVED, reasonOf, STORED } from "./answers.ts";
import type { Share } from "./fair-share.ts";
import type { Duty } from "./pieces.ts";
import { Refusal, type RefusalContext } from "./refusal.ts";
import type { Remark, RemoteLine } from "./remote-log.ts";
import { type Asker, Request } from "./request.ts";

export class Session implements Asker, Holder {
  readonly name: Username;
  readonly identityKey: Uint8Array;
  readonly outbox: Outbox;
  readonly #line: Line;
  readonly #services: Services;
  readonly #connection: number;
  readonly #share: Share<Username | Duty>;
  /**
   * When something was last sent, as of the last tick; the two flags below cover the time since. Reading the
   * clock for each message would cost as much as routing it.
   */
  #lastSent = performance.now();
  #lastReceived = performance.now();
  #hasSent = false;
  #hasReceived = false;
  #started = false;
  #over = false;

  /**
   * @param line not in use yet.
   * @param connection its number, for the log
   */
  constructor(
    line: Line,
    user: { readonly name: Username; readonly identityKey: Uint8Array },
    services: Services,
    connection: number,
  ) {
    this.name = user.name;
    this.identityKey = user.identityKey;
    this.#line = line;
    this.#services = services;
    this.#connection = connection;
    const { store, limits, clock, shares } = services;
    this.#share = shares.join(this.name);
    this.outbox = new Outbox({
      recipient: this.name,
      store,
      limits,
      clock,
      counts: services.counts,
      inTurn: (worker) => shares.serve(this.#share, worker),
      pay: (units) => this.#pay(units),
      send: (opcode, id, body) => this.send(opcode, id, body),
      failed: (error) => {
        this.#logFault("mailboxUnreadable", error);
        this.end(ErrorCode.INTERNAL, words.refusals.connection.fault);
      },
    });
    line.on("message", (envelope) => this.#receive(envelope));
    line.on("alive", () => {
      this.#hasReceived = true;
    });
    line.on("end", (end) => this.#ended(end));
    line.takeInTurns(() => shares.serve(this.#share, line));
    services.holdings.add(this);
  }

  get heldBytes(): number {
    return this.#line.heldBytes + this.outbox.unconfirmedBytes;
  }
  get unreadForMs(): number {
    return this.#line.unreadForMs;
  }
  get isBehind(): boolean {
    return this.#line.pendingBytes > this.#services.limits.servedUpToBytes;
  }
  get gone(): boolean {
    return this.#line.gone;
  }

  #log(line: RemoteLine, remark: Remark): void {
    this.#services.remote.note({ member: this.name }, line, { connection: this.#connection, ...remark });
  }

  /** Sends message 1.3, then the user's waiting mail. Ends an earlier session of the same user. */
  start(): void {
    if (this.#over) return;
    this.#started = true;
    const { presence } = this.#services;
    presence.get(this.name)?.end(ErrorCode.SUPERSEDED, words.refusals.connection.elsewhere);
    presence.list(this, 0);
    presence.join(this, this.#services.store.directory.isHidden(this.name));
    this.outbox.wake();
  }

  /** Sends a message; does nothing after the connection has ended. */
  send(opcode: Opcode, id: number, body: Uint8Array): void {
    if (this.#over) return;
    this.#line.send(opcode, id, body);
    this.#sent(body.length);
  }

  sendBatch(batch: Uint8Array): void {
    if (this.#over) return;
    this.#line.sendBatch(batch);
    this.#sent(batch.length);
  }

  /** Counts sent bytes, and cuts a connection that leaves too much unread. */
  #sent(bytes: number): void {
    this.#hasSent = true;
    this.#services.holdings.queued(bytes);
    if (this.#line.pendingBytes > this.#services.limits.unreadBytes) this.cut();
  }

  cut(reason: "reads-too-slowly" | "silent" = "reads-too-slowly"): void {
    if (!this.#over) {
      this.#log("connectionCut", { reason });
      this.#leave(reason);
    }
    this.#line.destroy();
  }

  /** Sends the client the reason and ends the connection. A second call does nothing. */
  end(code: ErrorCode, detail: string, context?: RefusalContext): void {
    if (this.#over) return;
    this.#log("connectionEnded", { reason: reasonOf(code) });
    this.#line.send(Opcode.ERROR, 0, errorBody(code, detail, context));
    this.#leave(reasonOf(code));
    this.#line.close();
  }

  /** Sends QUIT when the server stops, after everything already queued. */
  sendQuit(): void {
    if (this.#over) return;
    const body = toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.SHUTDOWN }));
    this.#line.send(Opcode.QUIT, 0, body);
    this.#leave("clean");
  }

  /**
   * Checks deadlines.
   * @param now monotonic milliseconds
   */
  tick(now: number): void {
    const { keepAliveMs, deadAfterMs } = this.#services.limits;
    if (this.#hasReceived) this.#lastReceived = now;
    if (this.#hasSent) this.#lastSent = now;
    this.#hasReceived = this.#hasSent = false;
    if (now - this.#lastReceived >= deadAfterMs) {
      this.cut("silent");
      return;
    }
    if (now - this.#lastSent >= keepAliveMs) this.send(Opcode.PING, 0, EMPTY);
    this.outbox.tick(now);
  }

  #receive(envelope: Envelope): void {
    if (this.#over) return;
    this.#hasReceived = true;
    try {
      this.#serve(envelope);
    } catch (error) {
      this.fail(envelope.opcode, envelope.id, error);
    }
  }

  #serve(envelope: Envelope): void {
    const { opcode, id, body } = envelope;
    if (opcode === Opcode.ERROR && id === 0) {
      this.#givenUp(body);
      return;
    }
    if (!this.#started) throw new ProtocolError("bad-message", "the first word after 1.2 is the server's");
    const verb = verbFor(opcode);
    this.#services.counts.requests.add(opcode);
    if (verb === undefined) throw new ProtocolError("bad-message", `a client does not send opcode ${opcode}`);
    if (body.length > verb.maxBodyBytes)
      throw new ProtocolError("bad-message", `a body of ${body.length} bytes for opcode ${opcode}`);
    const request = new Request(envelope, this, this.#services);
    if (this.affords(id, verb.cost(request), verb.isBulk)) verb.run(request);
  }

  affords(id: number, units: number, isBulk = false): boolean {
    const retryAfterMs = this.#pay(units, isBulk ? WORK_LEFT_BY_BLOBS * this.#services.limits.workBurst : 0);
    if (retryAfterMs === 0) return true;
    if (this.#services.allowances.tolerates(this.name, performance.now()))
      this.refuse(id, ErrorCode.RATE_LIMITED, words.refusals.connection.tooManyRequests, { retryAfterMs });
    else this.end(ErrorCode.RATE_LIMITED, words.refusals.connection.tooManyFollowed, { retryAfterMs });
    return false;
  }

  /**
   * Takes units from the user's allowance.
   * @param leaving units that must be left.
   * @returns 0, or the milliseconds to wait until there are enough
   */
  #pay(units: number, leaving = 0): number {
    // An acknowledgement: half of all requests, and a clock read for each would cost as much as the rest of it.
    if (units === 0) return 0;
    const { allowances, counts } = this.#services;
    const retryAfterMs = allowances.take(this.name, units, performance.now(), leaving);
    if (retryAfterMs === 0) counts.work += units;
    return retryAfterMs;
  }

  settle(opcode: Opcode, id: number, conversation: ConversationId, outcome: Outcome): void {
    switch (outcome) {
      case "received":
        this.#services.counts.received += 1;
        this.#acknowledge(opcode, id, RECEIVED);
        return;
      case "stored":
        this.#services.counts.stored += 1;
        this.#acknowledge(opcode, id, STORED);
        return;
      case "mailbox-full":
        this.refuse(id, ErrorCode.MAILBOX_FULL, words.refusals.message.noRoom, {
          conversation,
        });
        return;
      case "busy":
        this.refuse(id, ErrorCode.BUSY, words.refusals.connection.busy, {
          conversation,
          retryAfterMs: BUSY_RETRY_MS,
        });
        return;
      case "failed":
        this.refuse(id, ErrorCode.INTERNAL, words.refusals.message.notStored, { conversation });
        return;
    }
  }

  #acknowledge(opcode: Opcode, id: number, body: Uint8Array): void {
    if (id === 0 || this.#over) return;
    if (opcode !== Opcode.MESSAGE) {
      this.send(Opcode.ACK, id, body);
      return;
    }
    this.#hasSent = true;
    this.#line.sendPaced(Opcode.ACK, id, body);
  }

  answer(id: number, opcode: Opcode, body: Uint8Array): void {
    if (id !== 0) this.send(opcode, id, body);
  }

  /** Denies a request with ERROR, and logs it for the operator. */
  refuse(id: number, code: ErrorCode, detail: string, context: RefusalContext): void {
    const reason = reasonOf(code);
    this.#services.counts.errors.add(reason);
    this.#log("requestRefused", { reason });
    this.answer(id, Opcode.ERROR, errorBody(code, detail, context));
  }

  whenIdle(work: () => void): void {
    this.#line.whenIdle(work);
  }

  fail(opcode: Opcode, id: number, error: unknown): void {
    if (error instanceof Refusal) {
      this.refuse(id, error.code, error.message, error.context);
    } else if (error instanceof ProtocolError) {
      this.#log("badMessage", { reason: error.code, opcode, detail: error.message });
      this.end(ErrorCode.BAD_MESSAGE, error.message);
    } else if (error instanceof StoreBusy) {
      this.refuse(id, ErrorCode.BUSY, words.refusals.connection.busy, { retryAfterMs: BUSY_RETRY_MS });
    } else {
      this.#logFault("requestFailed", error);
      this.refuse(id, ErrorCode.INTERNAL, words.refusals.connection.fault, {});
    }
  }

  /**
   * Handles a client that leaves because of bytes it received: a faulty server, or an attacker on the path.
   * The log is the operator's only sign of it.
   */
  #givenUp(body: Uint8Array): void {
    const { code, detail } = decode(ErrorSchema, body);
    const printable = detail.slice(0, MAX_ERROR_DETAIL_CHARACTERS).replace(/[^ -~]/g, "?");
    this.#log("givenUp", { reason: reasonOf(code), detail: printable });
    this.#leave("given-up");
    this.#line.close();
  }

  /**
   * Logs a fault of the server, only with the kind of error: the content of a row or a body must not be
   * logged.
   */
  #logFault(what: "mailboxUnreadable" | "requestFailed", error: unknown): void {
    const reason = error instanceof Error ? error.name : "unknown";
    const code = error instanceof Error && "errstr" in error ? String(error.errstr) : undefined;
    this.#log(what, { reason, code });
  }

  #ended(end: LineEnd): void {
    if (this.#over) return;
    const reason = end.type === "error" ? end.error.code : end.type;
    this.#log("connectionEnded", { reason });
    this.#leave(reason);
  }

  /** Ends the session: others see the user go offline, and unconfirmed deliveries go to the mailbox. */
  #leave(reason: string): void {
    this.#over = true;
    this.#services.counts.connectionsEnded.add(reason);
    this.outbox.close();
    this.#services.shares.leave(this.#share);
    this.#services.presence.leave(this);
  }
}
