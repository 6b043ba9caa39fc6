import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorCode, InviteRequestSchema, InviteSchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { newInvite } from "../membership/invitation.ts";
import { requireMayInvite } from "../membership/membership.ts";
import { words } from "../words/words.ts";
import { verb } from "./verb.ts";

/**
 * INVITE: a member asks for a link for a colleague, within bounds; the operator's command line is not bound.
 */
export const invite = verb({
  schema: InviteRequestSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => 125,
  handle(call, { uses, expiresSeconds }) {
    const { store, limits, clock, memberInvites, reach } = call.services;
    const { name } = call.user;
    if (!memberInvites) throw new Refusal(ErrorCode.NOT_ALLOWED, words.refusals.invite.operatorOnly);
    if (uses < 1 || uses > limits.memberInviteUses)
      throw new Refusal(ErrorCode.NOT_ALLOWED, words.refusals.invite.uses(limits.memberInviteUses));
    if (expiresSeconds < 1 || expiresSeconds > limits.memberInviteSeconds)
      throw new Refusal(ErrorCode.NOT_ALLOWED, words.refusals.invite.lifetime(limits.memberInviteSeconds));
    requireMayInvite(store, limits, name, clock());
    const expiresAt = clock() + expiresSeconds * 1000;
    const link = newInvite(store, reach(), { uses, expiresAt, createdBy: name });
    const body = toBinary(
      InviteSchema,
      create(InviteSchema, { link, expiresAt: BigInt(Math.floor(expiresAt / 1000)) }),
    );
    store.committed().then(
      () => call.answer(Opcode.INVITE, body),
      () => call.refuse(ErrorCode.INTERNAL, words.refusals.invite.notStored),
    );
  },
});
