/**
 * The mail that notifies the other side of a conversation's end. Always stored: there is one for each
 * conversation that its recipient knows.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { idBytes, type Username } from "../../protocol/names.ts";
import { type EndReason, NotifySchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import type { Unposted } from "./post.ts";
import { type Conversation, otherSide } from "./rules.ts";

/** Builds the end as sent by `by`: a REFUSE or NOTIFY. */
export function endingWith(
  { opcode, body }: Pick<Unposted, "opcode" | "body">,
  conversation: Conversation,
  by: Username,
): Unposted {
  const recipient = otherSide(conversation, by);
  return { recipient, sender: by, opcode, conversation: conversation.id, body, always: true };
}

/** Builds the end that the server sends in the name of `by`. */
export function ending(conversation: Conversation, by: Username, reason: EndReason): Unposted {
  const notify = create(NotifySchema, { conversation: idBytes(conversation.id), peer: by, reason });
  return endingWith({ opcode: Opcode.NOTIFY, body: toBinary(NotifySchema, notify) }, conversation, by);
}
