import { create, toBinary } from "@bufbuild/protobuf";
import { ProtocolError } from "../../protocol/errors.ts";
import { EndReason, NotifySchema } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { stepCost, takeStep } from "./conversation-step.ts";
import { verb } from "./verb.ts";

/** NOTIFY: one side closes the chat, withdraws its request, or has lost the conversation's keys. */
export const notify = verb({
  schema: NotifySchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: stepCost,
  handle(call, message) {
    const { conversation, reason } = message;
    if (reason === EndReason.GAVE_WAY) throw new ProtocolError("bad-message", "only the server says that");
    const turned = create(NotifySchema, { conversation, peer: call.user.name, reason });
    const peer = message.peer === "" && reason === EndReason.LOST_STATE ? undefined : message.peer;
    takeStep(call, "notify", { conversation, peer }, toBinary(NotifySchema, turned));
  },
});
