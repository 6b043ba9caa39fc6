import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { bareVerb } from "./verb.ts";

const EMPTY = new Uint8Array();

/** PING: checks that the server is alive. */
export const ping = bareVerb(
  () => 1,
  (call) => call.answer(Opcode.ACK, EMPTY),
);
