import { ProtocolError } from "../../protocol/errors.ts";
import { SEALED_SIGNAL_BYTES } from "../../protocol/limits.ts";
import { Opcode, SignalSchema } from "../../protocol/wire/parley_pb.ts";
import { EMPTY } from "../gateway/answers.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { conversationOf, verb } from "./verb.ts";

/** SIGNAL: something of the moment for the other person of a conversation. */
export const signal = verb({
  schema: SignalSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => 8,
  handle(call, { conversation, sealed }) {
    if (sealed.length !== SEALED_SIGNAL_BYTES)
      throw new ProtocolError("bad-message", `a sealed signal has ${SEALED_SIGNAL_BYTES} bytes`);
    const { signals } = call.services;
    signals.pass(conversationOf({ conversation }), call.user.name, call.body, performance.now());
    call.answer(Opcode.ACK, EMPTY);
  },
});
