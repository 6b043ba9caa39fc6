import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorCode, InviteRequestSchema, InviteSchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { newInvite } from "../membership/invitation.ts";
import { requireMayInvite } from "../membership/membership.ts";
import { verb } from "./verb.ts";

/** A member asks for a link for a colleague, within bounds; the operator's command line has none. */
export const invite = verb({
  schema: InviteRequestSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => 125,
  handle(call, { uses, expiresSeconds }) {
    const { store, limits, clock, memberInvites, reach } = call.services;
    const { name } = call.user;
    if (!memberInvites) throw new Refusal(ErrorCode.NOT_ALLOWED, "only the operator of this server invites");
    if (uses < 1 || uses > limits.memberInviteUses)
      throw new Refusal(ErrorCode.NOT_ALLOWED, `an invite is for 1 to ${limits.memberInviteUses} people`);
    if (expiresSeconds < 1 || expiresSeconds > limits.memberInviteSeconds)
      throw new Refusal(
        ErrorCode.NOT_ALLOWED,
        `an invite lasts at most ${limits.memberInviteSeconds} seconds`,
      );
    requireMayInvite(store, limits, name, clock());
    const expiresAt = clock() + expiresSeconds * 1000;
    const link = newInvite(store, reach(), { uses, expiresAt, createdBy: name });
    const body = toBinary(
      InviteSchema,
      create(InviteSchema, { link, expiresAt: BigInt(Math.floor(expiresAt / 1000)) }),
    );
    store.committed().then(
      () => call.answer(Opcode.INVITE, body),
      () => call.refuse(ErrorCode.INTERNAL, "the invite could not be stored"),
    );
  },
});
