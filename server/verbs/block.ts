/**
 * BLOCK, UNBLOCK and BLOCKED. The blocked person must not be able to distinguish a block from absence:
 * presence and answers are the same as for an offline person (presence.ts, switchboard.ts).
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { parseUsername, type Username } from "../../protocol/names.ts";
import {
  BlockedListSchema,
  BlockSchema,
  ErrorCode,
  Opcode,
  Presence,
} from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { words } from "../words/words.ts";
import { acknowledgeOnceStored, bareVerb, type Call, verb } from "./verb.ts";

/** Names in an answer that cost as much as one small request. */
const NAMES_PER_WORK_UNIT = 50;

const definition = { schema: BlockSchema, maxBodyBytes: MAX_SMALL_BODY_BYTES, cost: () => 25 };

export const block = verb({
  ...definition,
  handle(call, { name }) {
    const { store, switchboard, presence, limits } = call.services;
    const [by, whom] = [call.user.name, nameOf(call, name)];
    if (!store.blocks.has(by, whom)) {
      if (store.blocks.by(by).size >= limits.blocks)
        throw new Refusal(ErrorCode.TOO_MANY, words.refusals.person.blocks(limits.blocks));
      switchboard.block(by, whom);
      presence.appear(by, whom, Presence.OFFLINE);
    }
    acknowledgeOnceStored(call);
  },
});

export const unblock = verb({
  ...definition,
  handle(call, { name }) {
    const { store, switchboard, presence } = call.services;
    const [by, whom] = [call.user.name, nameOf(call, name)];
    if (store.blocks.has(by, whom)) {
      switchboard.unblock(by, whom);
      presence.appear(by, whom, Presence.ONLINE);
    }
    acknowledgeOnceStored(call);
  },
});

export const blocked = bareVerb(
  (call) => 10 + Math.ceil(call.services.store.blocks.by(call.user.name).size / NAMES_PER_WORK_UNIT),
  (call) => {
    const names = [...call.services.store.blocks.by(call.user.name)];
    call.answer(Opcode.BLOCKED, toBinary(BlockedListSchema, create(BlockedListSchema, { names })));
  },
);

/**
 * Names without an account are accepted like any other, so that the answer does not reveal which names exist.
 */
function nameOf(call: Call, text: string): Username {
  const name = parseUsername(text);
  if (name === undefined) throw new Refusal(ErrorCode.NAME_INVALID, words.refusals.person.noName);
  if (name === call.user.name) throw new Refusal(ErrorCode.SELF, words.refusals.person.blockSelf);
  return name;
}
