/**
 * REQUEST_KEY: the key that notes to a person are sealed for. Returned only while an RTT would reach its
 * owner; otherwise the answer is the same as for an unknown name, so that it does not reveal which names
 * exist.
 */
import { create, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { ProtocolError } from "../../protocol/errors.ts";
import { verifyRequestKey } from "../../protocol/identity/request-key.ts";
import { XWING_PUBLIC_KEY_BYTES } from "../../protocol/limits.ts";
import { parseUsername } from "../../protocol/names.ts";
import { Opcode, RequestKeySchema } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import type { OnlineUser } from "../routing/presence.ts";
import { userNotFound } from "./user-not-found.ts";
import { acknowledgeOnceStored, type Call, verb } from "./verb.ts";

type RequestKey = MessageShape<typeof RequestKeySchema>;
/** The largest number that is exact in a client. */
const LATEST = BigInt(Number.MAX_SAFE_INTEGER);

export const requestKey = verb({
  schema: RequestKeySchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES + XWING_PUBLIC_KEY_BYTES,
  cost: () => 40, // a signature to verify, or an answer of more than a kilobyte
  handle(call, message) {
    if (message.key.length === 0) answer(call, message.name);
    else publish(call, message);
  },
});

function answer(call: Call, peer: string): void {
  const { presence, store } = call.services;
  const name = parseUsername(peer);
  const isReachable = name !== undefined && presence.isReachable(name, call.user.name);
  const body = name === undefined ? undefined : store.requestKeys.of(name); // always looked up: the time reveals nothing
  if (isReachable && body !== undefined) call.answer(Opcode.REQUEST_KEY, body);
  else userNotFound(call, peer);
}

/** Stores a user's key. Clients publish it at every sign-in: only a new one is verified and written. */
function publish(call: Call, message: RequestKey): void {
  const { user, services } = call;
  const body = toBinary(RequestKeySchema, create(RequestKeySchema, ownFields(message)));
  const kept = services.store.requestKeys.of(user.name);
  if (kept === undefined || Buffer.compare(kept, body) !== 0) {
    if (!isOwn(message, user, services.reach().caFingerprint))
      throw new ProtocolError("bad-message", "a request key carries its sender's name and key, signed by it");
    services.store.requestKeys.put(user.name, body);
  }
  acknowledgeOnceStored(call);
}

/** Returns the fields that this server knows, so that unknown fields are not stored. */
function ownFields({ name, identityKey, key, validUntil, signature }: RequestKey) {
  return { name, identityKey, key, validUntil, signature };
}

function isOwn(
  { name, identityKey, key, validUntil, signature }: RequestKey,
  user: OnlineUser,
  server: Uint8Array,
): boolean {
  return (
    name === user.name &&
    Buffer.compare(identityKey, user.identityKey) === 0 &&
    key.length === XWING_PUBLIC_KEY_BYTES &&
    validUntil <= LATEST &&
    verifyRequestKey(
      identityKey,
      signature,
      { server, name: user.name },
      { key, validUntil: Number(validUntil) },
    )
  );
}
