/** Bodies of answers that several parts of the server send. */
import { create, toBinary } from "@bufbuild/protobuf";
import { refusal } from "../../protocol/errors.ts";
import { MAX_ERROR_DETAIL_CHARACTERS } from "../../protocol/limits.ts";
import { idBytes } from "../../protocol/names.ts";
import { AckSchema, Delivery, type ErrorCode, ErrorSchema } from "../../protocol/wire/parley_pb.ts";
import type { RefusalContext } from "./refusal.ts";

export const EMPTY = new Uint8Array();
export const RECEIVED = toBinary(AckSchema, create(AckSchema, { delivery: Delivery.RECEIVED }));
export const STORED = toBinary(AckSchema, create(AckSchema, { delivery: Delivery.STORED }));

/** When to retry a request that needs the database while another program locks it. */
export const BUSY_RETRY_MS = 500;

/**
 * Encodes an ERROR body.
 * @param detail English, for logs; no content and no keys
 */
export function errorBody(code: ErrorCode, detail: string, context: RefusalContext = {}): Uint8Array {
  const error = create(ErrorSchema, {
    code,
    detail: detail.slice(0, MAX_ERROR_DETAIL_CHARACTERS),
    conversation: context.conversation === undefined ? EMPTY : idBytes(context.conversation),
    retryAfterMs: context.retryAfterMs ?? 0,
  });
  return toBinary(ErrorSchema, error);
}

/** Returns the name of a wire error code as in logs, such as "name-taken". */
export function reasonOf(code: ErrorCode): string {
  return refusal(code, "").code;
}
