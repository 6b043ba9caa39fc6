/**
 * The common part of ACCEPT, REFUSE, CC_SESSION_ESTABLISHMENT and NOTIFY: forwards them to the peer, with
 * `peer` set to the sender.
 */
import { createHash } from "node:crypto";
import type { ConversationId } from "../../protocol/names.ts";
import type { Step } from "../routing/rules.ts";
import { type Call, conversationOf, costOfBytes } from "./verb.ts";

/** Steps are rare and appear on another person's screen. Each is written, read again and removed. */
export const stepCost = ({ body }: Call): number => 25 + 2 * costOfBytes(body.length);

/** Returns SHA-256 in hexadecimal, which distinguishes a repetition of a request from another request. */
export function digestOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

interface Addressed {
  readonly conversation: Uint8Array;
  /** undefined: the sender does not know. */
  readonly peer: string | undefined;
}

/**
 * Takes a step.
 * @param turned the body for the other side.
 * @throws Refusal, ProtocolError
 */
export function takeStep(call: Call, verb: Step["verb"], message: Addressed, turned: Uint8Array): void {
  const id: ConversationId = conversationOf(message);
  const step: Step = { verb, by: call.user.name, digest: digestOf(call.body) };
  const forward = { opcode: call.opcode, body: turned };
  call.services.switchboard.step(id, message.peer, step, forward, call.settle(id));
}
