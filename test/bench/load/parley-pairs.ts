/** Pairs of people signed in to a Parley server: real handshakes and records, without the layers above. */
import { once } from "node:events";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Line } from "../../../protocol/channel/line.ts";
import { signTalkRequest } from "../../../protocol/identity/talk-request.ts";
import {
  type ConversationId,
  idBytes,
  newConversationId,
  newMessageId,
  type Username,
} from "../../../protocol/names.ts";
import type { Envelope } from "../../../protocol/wire/batch.ts";
import {
  AcceptSchema,
  Opcode,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
} from "../../../protocol/wire/parley_pb.ts";
import type { Driver, Mailing } from "./driver.ts";
import { Somebody, someName } from "./somebody.ts";

const NOTHING = new Uint8Array(0);

/**
 * Makes pairs.
 * @param links each for up to a thousand people
 * @param bytes of each sealed message
 */
export async function parleyPairs(
  links: readonly string[],
  count: number,
  bytes: number,
  driver: () => Driver,
): Promise<Mailing[]> {
  const pairs: Mailing[] = [];
  for (let number = 0; number < count; number++)
    pairs.push(await parleyPair(links[Math.floor(number / 500)] ?? "", bytes, driver));
  return pairs;
}

async function parleyPair(link: string, bytes: number, driver: () => Driver): Promise<Mailing> {
  const [from, to] = [new Somebody(link, someName()), new Somebody(link, someName())];
  const conversation = newConversationId();
  let begun = false;
  let established = () => {};
  const ready = new Promise<void>((done) => {
    established = done;
  });
  let receiver = await to.signIn((envelope, line) => {
    switch (envelope.opcode) {
      case Opcode.RTT:
        confirm(line, envelope);
        line.send(Opcode.ACCEPT, 1, acceptance(from.name, conversation));
        break;
      case Opcode.CC_SESSION_ESTABLISHMENT:
        confirm(line, envelope);
        established();
        break;
      default:
        receive(envelope, line, driver);
    }
  });
  const sender = await from.signIn((envelope, line) => {
    if (envelope.opcode === Opcode.ACCEPT) {
      confirm(line, envelope);
      line.send(Opcode.CC_SESSION_ESTABLISHMENT, 2, establishment(to.name, conversation));
    } else if (envelope.opcode === Opcode.ACK && begun) driver().answered(pair);
    else if (envelope.opcode === Opcode.ERROR) throw new Error("the server refused a message");
  });
  const acknowledged = new Promise<void>((done) => {
    sender.on("message", ({ opcode, id }) => {
      if (opcode === Opcode.ACK && id === 2) done();
    });
  });
  sender.send(Opcode.RTT, 1, request(from, to.name, conversation));
  await Promise.all([ready, acknowledged]);
  let id = 2;
  const pair: Mailing = {
    send(stamp) {
      begun = true;
      id += 1;
      sender.send(Opcode.MESSAGE, id, message(conversation, bytes, stamp));
    },
    async leave() {
      const gone = once(receiver, "end");
      receiver.send(Opcode.QUIT, 0, NOTHING);
      await gone;
    },
    async comeBack() {
      receiver = await to.signIn((envelope, line) => receive(envelope, line, driver));
    },
  };
  return pair;
}

/** Takes arriving messages, and confirms them. */
function receive(envelope: Envelope, line: Line, driver: () => Driver): void {
  if (envelope.opcode !== Opcode.MESSAGE) return;
  const { sealed } = fromBinary(SealedMessageSchema, envelope.body);
  driver().arrived(Buffer.from(sealed.buffer, sealed.byteOffset).readDoubleBE());
  confirm(line, envelope);
}

/** Confirms as Client does. */
function confirm(line: Line, { opcode, id }: Envelope): void {
  if (opcode === Opcode.MESSAGE) line.sendPaced(Opcode.ACK, id, NOTHING);
  else line.send(Opcode.ACK, id, NOTHING);
}

function message(conversation: ConversationId, bytes: number, stamp: number): Uint8Array {
  const sealed = Buffer.alloc(bytes);
  sealed.writeDoubleBE(stamp);
  return toBinary(
    SealedMessageSchema,
    create(SealedMessageSchema, { conversation: idBytes(conversation), id: idBytes(newMessageId()), sealed }),
  );
}

function request(from: Somebody, peer: Username, conversation: ConversationId): Uint8Array {
  const { identity, name } = from;
  return toBinary(
    RequestToTalkSchema,
    create(RequestToTalkSchema, {
      conversation: idBytes(conversation),
      peer,
      identityKey: identity.publicKey,
      signature: signTalkRequest(identity, {
        ...{ conversation, server: from.server, requester: name, addressee: peer },
        ...{ addresseeKey: NOTHING, note: NOTHING },
      }),
    }),
  );
}

function acceptance(peer: Username, conversation: ConversationId): Uint8Array {
  const init = { conversation: idBytes(conversation), peer, keyPackage: new Uint8Array(64) };
  return toBinary(AcceptSchema, create(AcceptSchema, init));
}

function establishment(peer: Username, conversation: ConversationId): Uint8Array {
  const init = { conversation: idBytes(conversation), peer, welcome: new Uint8Array(64) };
  return toBinary(SessionEstablishmentSchema, create(SessionEstablishmentSchema, init));
}
