import { create, toBinary } from "@bufbuild/protobuf";
import { SessionEstablishmentSchema } from "../../protocol/wire/parley_pb.ts";
import { stepCost, takeStep } from "./conversation-step.ts";
import { checkKeyMaterial, MAX_KEY_MATERIAL_BODY_BYTES } from "./key-material.ts";
import { verb } from "./verb.ts";

/**
 * CC_SESSION_ESTABLISHMENT: the requester completes the agreement, with a Welcome that the server forwards
 * unread.
 */
export const establish = verb({
  schema: SessionEstablishmentSchema,
  maxBodyBytes: MAX_KEY_MATERIAL_BODY_BYTES,
  cost: stepCost,
  handle(call, message) {
    const { conversation, welcome } = message;
    checkKeyMaterial(welcome);
    const turned = create(SessionEstablishmentSchema, { conversation, peer: call.user.name, welcome });
    takeStep(call, "establish", message, toBinary(SessionEstablishmentSchema, turned));
  },
});
