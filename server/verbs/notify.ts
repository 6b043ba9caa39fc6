import { create, toBinary } from "@bufbuild/protobuf";
import { NotifySchema } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { stepCost, takeStep } from "./conversation-step.ts";
import { verb } from "./verb.ts";

/** One side closes the chat, or withdraws its request. */
export const notify = verb({
  schema: NotifySchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: stepCost,
  handle(call, message) {
    const turned = create(NotifySchema, { conversation: message.conversation, peer: call.user.name });
    takeStep(call, "notify", message, toBinary(NotifySchema, turned));
  },
});
