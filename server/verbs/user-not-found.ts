import { create, toBinary } from "@bufbuild/protobuf";
import { Opcode, UserNotFoundSchema } from "../../protocol/wire/parley_pb.ts";
import { EMPTY } from "../gateway/answers.ts";
import type { Call } from "./verb.ts";

/**
 * Sends the same answer for a name that is unknown, offline, invisible, or blocking the requester, so that
 * nobody learns which.
 */
export function userNotFound(call: Call, peer: string, conversation: Uint8Array = EMPTY): void {
  const body = create(UserNotFoundSchema, { conversation, peer });
  call.answer(Opcode.USER_NOT_FOUND, toBinary(UserNotFoundSchema, body));
}
