/** A request that is understood and denied: becomes an ERROR answer, and the connection continues. */
import type { ConversationId } from "../../protocol/names.ts";
import type { ErrorCode } from "../../protocol/wire/parley_pb.ts";

export interface RefusalContext {
  readonly conversation?: ConversationId;
  readonly retryAfterMs?: number;
}

export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly context: RefusalContext;
  /** @param detail for logs, English; no content, no keys, no names. */
  constructor(code: ErrorCode, detail: string, context: RefusalContext = {}) {
    super(detail);
    this.name = "Refusal";
    this.code = code;
    this.context = context;
  }
}
