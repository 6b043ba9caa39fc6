/** Seals messages that waited for a conversation, in their order. */
import type { Content } from "../../protocol/e2ee/content.ts";
import type { Conversation } from "../../protocol/e2ee/conversation.ts";
import { UsageError } from "../../protocol/errors.ts";
import type { MessageId } from "../../protocol/names.ts";
import { type Body, type Change, isSendable, type Sendable } from "../kinds/body.ts";
import type { Outgoing as OutboxItem } from "../store/outbox.ts";
import type { StoredMessage } from "../store/stored-message.ts";

/** Returns the content of an outgoing message or change. @param body as it was first written */
export function contentOf(
  { at, expiry, replyTo, thread, via }: Pick<StoredMessage, "at" | "expiry" | "replyTo" | "thread" | "via">,
  body: Sendable | Change,
): Content {
  return {
    sentAt: at,
    ...(expiry !== undefined && { expirySeconds: expiry.seconds }),
    ...(replyTo !== undefined && { replyTo }),
    ...(thread !== undefined && { thread }),
    ...(via !== undefined && { via }),
    ...body,
  };
}

interface SealedBacklog {
  readonly next: Conversation;
  readonly sealed: readonly OutboxItem[];
  /** Messages that cannot be sealed at all, each with a ParleyError code. */
  readonly unsealable: readonly { readonly id: MessageId; readonly code: string }[];
}

/** Seals the messages. Each of them is in one of the two lists. @throws TrustError "identity-changed" */
export async function sealAll(
  conversation: Conversation,
  messages: readonly { readonly message: StoredMessage; readonly body: Body | Change }[],
): Promise<SealedBacklog> {
  let next = conversation;
  const sealed: OutboxItem[] = [];
  const unsealable: { id: MessageId; code: string }[] = [];
  for (const { message, body } of messages) {
    const { id } = message;
    if (!isSendable(body)) {
      unsealable.push({ id, code: "bad-content" });
      continue;
    }
    try {
      const step = await next.seal(id, contentOf(message, body));
      next = step.next;
      sealed.push({ verb: "message", id, sealed: step.bytes });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      unsealable.push({ id, code: error.code });
    }
  }
  return { next, sealed, unsealable };
}
