/** Turns the server's deliveries into events: checks every field and verifies a request's signature. */
import { ProtocolError, TrustError } from "../errors.ts";
import { verifyTalkRequest } from "../identity/talk-request.ts";
import { MAX_KEY_MATERIAL_BYTES, MAX_SEALED_BYTES, SEALED_SIGNAL_BYTES } from "../limits.ts";
import type { Username } from "../names.ts";
import {
  AcceptSchema,
  EndReason,
  NotifySchema,
  Opcode,
  RefuseSchema,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  SignalSchema,
} from "../wire/parley_pb.ts";
import {
  readAddresseeKey,
  readBody,
  readBytes,
  readConversation,
  readIdentityKey,
  readMessageId,
  readName,
  readNote,
} from "./bodies.ts";
import type { ClientEvents, EndDelivered } from "./events.ts";

export type DeliveryOpcode =
  | typeof Opcode.RTT
  | typeof Opcode.ACCEPT
  | typeof Opcode.REFUSE
  | typeof Opcode.MESSAGE
  | typeof Opcode.CC_SESSION_ESTABLISHMENT
  | typeof Opcode.NOTIFY;

type DeliveryEvent =
  | "request"
  | "accept"
  | "refuse"
  | "establishment"
  | "message"
  | "notify"
  | "forged"
  | "signal";
/** An event's name and its listeners' arguments. */
export type DeliveryNotice = {
  [Name in DeliveryEvent]: { readonly event: Name; readonly value: ClientEvents[Name][0] };
}[DeliveryEvent];

/**
 * The user who reads: a request is valid only if it is for this name, at this server, and for exactly this
 * key.
 */
export interface Recipient {
  readonly name: Username;
  /** 32 bytes. */
  readonly identityKey: Uint8Array;
  /** The fingerprint of the server's CA, 32 bytes. */
  readonly server: Uint8Array;
}

/**
 * Parses one delivery.
 * @param confirm tells the server that it may forget the delivery
 * @throws ProtocolError "bad-message"
 */
export function readDelivery(
  opcode: DeliveryOpcode,
  body: Uint8Array,
  self: Recipient,
  confirm: () => void,
): DeliveryNotice {
  switch (opcode) {
    case Opcode.RTT:
      return readRequest(body, self, confirm);
    case Opcode.ACCEPT: {
      const accept = readBody(AcceptSchema, body);
      const keyPackage = readBytes("key package", accept.keyPackage, MAX_KEY_MATERIAL_BYTES);
      return { event: "accept", value: { ...parties(accept), keyPackage, confirm } };
    }
    case Opcode.REFUSE:
      return { event: "refuse", value: { ...parties(readBody(RefuseSchema, body)), confirm } };
    case Opcode.CC_SESSION_ESTABLISHMENT: {
      const establishment = readBody(SessionEstablishmentSchema, body);
      const welcome = readBytes("welcome", establishment.welcome, MAX_KEY_MATERIAL_BYTES);
      return { event: "establishment", value: { ...parties(establishment), welcome, confirm } };
    }
    case Opcode.MESSAGE: {
      const message = readBody(SealedMessageSchema, body);
      return {
        event: "message",
        value: {
          conversation: readConversation(message.conversation),
          id: readMessageId(message.id),
          sealed: readBytes("sealed message", message.sealed, MAX_SEALED_BYTES),
          confirm,
        },
      };
    }
    case Opcode.NOTIFY: {
      const notify = readBody(NotifySchema, body);
      return { event: "notify", value: { ...parties(notify), reason: endedBecause(notify.reason), confirm } };
    }
  }
}

/**
 * Parses a signal.
 * @throws ProtocolError "bad-message", also for a length other than SEALED_SIGNAL_BYTES
 */
export function readSignal(body: Uint8Array): DeliveryNotice {
  const { conversation, sealed } = readBody(SignalSchema, body);
  if (sealed.length !== SEALED_SIGNAL_BYTES)
    throw new ProtocolError("bad-message", `signal of ${sealed.length} bytes`);
  return { event: "signal", value: { conversation: readConversation(conversation), sealed } };
}

/** Maps the wire's reason. A reason of a later version still ends the conversation. */
function endedBecause(reason: EndReason): EndDelivered["reason"] {
  switch (reason) {
    case EndReason.LOST_STATE:
      return "lost-state";
    case EndReason.GAVE_WAY:
      return "gave-way";
    default:
      return "closed";
  }
}

function readRequest(body: Uint8Array, self: Recipient, confirm: () => void): DeliveryNotice {
  const request = readBody(RequestToTalkSchema, body);
  const { conversation, peer } = parties(request);
  const identityKey = readIdentityKey(request.identityKey);
  const note = readNote(request.note);
  const addresseeKey = readAddresseeKey(request.addresseeKey);
  const { server, name: addressee } = self;
  const asked = { conversation, server, requester: peer, addressee, addresseeKey, note };
  const isSigned = verifyTalkRequest(identityKey, request.signature, asked);
  if (isSigned && (addresseeKey.length === 0 || Buffer.compare(addresseeKey, self.identityKey) === 0))
    return {
      event: "request",
      value: { conversation, peer, identityKey, ...(note.length > 0 && { note }), confirm },
    };
  // Confirmed, because delivering it again would not make it valid.
  confirm();
  const what = isSigned ? "is for another key than ours" : "is not signed by the key it names, for us, here";
  const error = new TrustError("identity-mismatch", `a request to talk ${what}`);
  return { event: "forged", value: { conversation, peer, error, forAnotherKey: isSigned } };
}

function parties(body: { conversation: Uint8Array; peer: string }) {
  return { conversation: readConversation(body.conversation), peer: readName(body.peer) };
}
