import { create, toBinary } from "@bufbuild/protobuf";
import { AcceptSchema } from "../../protocol/wire/parley_pb.ts";
import { stepCost, takeStep } from "./conversation-step.ts";
import { checkKeyMaterial, MAX_KEY_MATERIAL_BODY_BYTES } from "./key-material.ts";
import { verb } from "./verb.ts";

/** ACCEPT: the addressee accepts, with a KeyPackage that the server forwards unread. */
export const accept = verb({
  schema: AcceptSchema,
  maxBodyBytes: MAX_KEY_MATERIAL_BODY_BYTES,
  cost: stepCost,
  handle(call, message) {
    const { conversation, keyPackage } = message;
    checkKeyMaterial(keyPackage);
    const turned = create(AcceptSchema, { conversation, peer: call.user.name, keyPackage });
    takeStep(call, "accept", message, toBinary(AcceptSchema, turned));
  },
});
