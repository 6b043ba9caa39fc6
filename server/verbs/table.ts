/** Maps each opcode to its handler. A new verb is one line here. */
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { accept } from "./accept.ts";
import { acknowledge } from "./acknowledge.ts";
import { dropBlob, getBlob, openBlob, putBlob } from "./blob.ts";
import { block, blocked, unblock } from "./block.ts";
import { conversations } from "./conversations.ts";
import { establish } from "./establish.ts";
import { invite } from "./invite.ts";
import { list } from "./list.ts";
import { message } from "./message.ts";
import { notify } from "./notify.ts";
import { ping } from "./ping.ts";
import { setPresence } from "./presence.ts";
import { refuse } from "./refuse.ts";
import { requestKey } from "./request-key.ts";
import { requestToTalk } from "./request-to-talk.ts";
import { signal } from "./signal.ts";
import type { Verb } from "./verb.ts";

/**
 * `undefined`: only servers send it (except ERROR with id 0, with which a client leaves), or the line itself
 * handles it (QUIT).
 */
const VERBS: Record<Opcode, Verb | undefined> = {
  [Opcode.QUIT]: undefined,
  [Opcode.LIST]: list,
  [Opcode.RTT]: requestToTalk,
  [Opcode.ACCEPT]: accept,
  [Opcode.REFUSE]: refuse,
  [Opcode.MESSAGE]: message,
  [Opcode.CC_SESSION_ESTABLISHMENT]: establish,
  [Opcode.USER_NOT_FOUND]: undefined,
  [Opcode.NOTIFY]: notify,
  [Opcode.ACK]: acknowledge,
  [Opcode.ERROR]: undefined,
  [Opcode.PRESENCE]: setPresence,
  [Opcode.PING]: ping,
  [Opcode.INVITE]: invite,
  [Opcode.BLOCK]: block,
  [Opcode.UNBLOCK]: unblock,
  [Opcode.BLOCKED]: blocked,
  [Opcode.REQUEST_KEY]: requestKey,
  [Opcode.CONVERSATIONS]: conversations,
  [Opcode.BLOB_OPEN]: openBlob,
  [Opcode.BLOB_PUT]: putBlob,
  [Opcode.BLOB_GET]: getBlob,
  [Opcode.BLOB_DROP]: dropBlob,
  [Opcode.SIGNAL]: signal,
};

/**
 * Returns the handler.
 * @param opcode a foreign number
 */
export function verbFor(opcode: number): Verb | undefined {
  return Object.hasOwn(VERBS, opcode) ? VERBS[opcode as Opcode] : undefined;
}
