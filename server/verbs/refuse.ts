import { create, toBinary } from "@bufbuild/protobuf";
import { RefuseSchema } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { stepCost, takeStep } from "./conversation-step.ts";
import { verb } from "./verb.ts";

/** REFUSE: the addressee refuses. The request is over, and a new one may follow. */
export const refuse = verb({
  schema: RefuseSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: stepCost,
  handle(call, message) {
    const turned = create(RefuseSchema, { conversation: message.conversation, peer: call.user.name });
    takeStep(call, "refuse", message, toBinary(RefuseSchema, turned));
  },
});
