/**
 * One request in progress, as its verb sees it. An object with methods, since creating closures for each
 * message would cost more than routing it.
 */
import type { ConversationId } from "../../protocol/names.ts";
import type { Envelope } from "../../protocol/wire/batch.ts";
import type { ErrorCode, Opcode } from "../../protocol/wire/parley_pb.ts";
import type { Outcome } from "../routing/awaited.ts";
import type { OnlineUser } from "../routing/presence.ts";
import type { Services } from "../services.ts";
import type { Call } from "../verbs/verb.ts";
import type { RefusalContext } from "./refusal.ts";

/** The connection that sent the request and receives its answer. */
export interface Asker extends OnlineUser {
  affords(id: number, units: number): boolean;
  answer(id: number, opcode: Opcode, body: Uint8Array): void;
  whenIdle(work: () => void): void;
  fail(opcode: Opcode, id: number, error: unknown): void;
  refuse(id: number, code: ErrorCode, detail: string, context: RefusalContext): void;
  settle(opcode: Opcode, id: number, conversation: ConversationId, outcome: Outcome): void;
}

export class Request implements Call {
  readonly opcode: Opcode;
  readonly id: number;
  readonly body: Uint8Array;
  readonly user: Asker;
  readonly services: Services;

  constructor({ opcode, id, body }: Envelope, user: Asker, services: Services) {
    this.opcode = opcode;
    this.id = id;
    this.body = body;
    this.user = user;
    this.services = services;
  }

  affords(units: number): boolean {
    return this.user.affords(this.id, units);
  }

  answer(opcode: Opcode, body: Uint8Array): void {
    this.user.answer(this.id, opcode, body);
  }

  whenIdle(work: () => void): void {
    this.user.whenIdle(work);
  }

  fail(error: unknown): void {
    this.user.fail(this.opcode, this.id, error);
  }

  refuse(code: ErrorCode, detail: string, conversation?: ConversationId): void {
    this.user.refuse(this.id, code, detail, conversation === undefined ? {} : { conversation });
  }

  settle(conversation: ConversationId): (outcome: Outcome) => void {
    const { opcode, id, user } = this;
    return (outcome) => user.settle(opcode, id, conversation, outcome);
  }
}
