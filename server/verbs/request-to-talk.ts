import { create, toBinary } from "@bufbuild/protobuf";
import { ProtocolError } from "../../protocol/errors.ts";
import { verifyTalkRequest } from "../../protocol/identity/talk-request.ts";
import { IDENTITY_KEY_BYTES, SEALED_NOTE_BYTES } from "../../protocol/limits.ts";
import { parseUsername } from "../../protocol/names.ts";
import { Opcode, RequestToTalkSchema } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { digestOf } from "./conversation-step.ts";
import { userNotFound } from "./user-not-found.ts";
import { conversationOf, verb } from "./verb.ts";

/**
 * RTT. The addressee, who trusts no server, verifies the signature; it is checked here too, since a request
 * that the addressee's client rejects would be delivered again and again. A request stays on disk until it is
 * answered or withdrawn: an addressee who leaves before answering gets it again at the next sign-in.
 */
export const requestToTalk = verb({
  schema: RequestToTalkSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES + SEALED_NOTE_BYTES,
  // Opens a notification on another person's screen; opening a note takes their program as long as a hundred
  // messages.
  cost: ({ body }) => (body.length > MAX_SMALL_BODY_BYTES ? 500 : 125),
  handle(call, message) {
    const id = conversationOf(message);
    const { identityKey, signature, note, addresseeKey } = message;
    if (note.length !== 0 && note.length !== SEALED_NOTE_BYTES)
      throw new ProtocolError("bad-message", "a note has one size, or there is none");
    if (addresseeKey.length !== IDENTITY_KEY_BYTES && addresseeKey.length !== 0)
      throw new ProtocolError("bad-message", "an identity key has one size, or there is none");
    const { name } = call.user;
    const to = parseUsername(message.peer);
    if (to === undefined) {
      userNotFound(call, message.peer, message.conversation);
      return;
    }
    const { caFingerprint: server } = call.services.reach();
    const asked = { conversation: id, server, requester: name, addressee: to, addresseeKey, note };
    if (
      Buffer.compare(identityKey, call.user.identityKey) !== 0 ||
      !verifyTalkRequest(identityKey, signature, asked)
    )
      throw new ProtocolError("bad-message", "an RTT carries the sender's own key and is signed by it");
    const turned = create(RequestToTalkSchema, {
      conversation: message.conversation,
      peer: name,
      identityKey,
      signature,
      note,
      addresseeKey,
    });
    const forward = { opcode: Opcode.RTT, body: toBinary(RequestToTalkSchema, turned) };
    const request = { id, by: name, to, digest: digestOf(call.body) };
    if (!call.services.switchboard.request(request, message.wait, forward, call.settle(id)))
      userNotFound(call, message.peer, message.conversation);
  },
});
