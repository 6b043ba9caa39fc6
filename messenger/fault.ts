/** Serializes Parley's errors for the pipe between windows. */
import * as v from "valibot";
import {
  NETWORK_CODES,
  NetworkError,
  type ParleyError,
  PROTOCOL_CODES,
  ProtocolError,
  REFUSED_CODES,
  RefusedError,
  STORAGE_CODES,
  StorageError,
  TRUST_CODES,
  TrustError,
  USAGE_CODES,
  UsageError,
} from "../protocol/errors.ts";
import { type ConversationId, parseConversationId } from "../protocol/names.ts";

const detail = v.pipe(v.string(), v.maxLength(10_000));
const conversation = v.custom<ConversationId>(
  (value) => typeof value === "string" && parseConversationId(value) !== undefined,
);

const faultSchema = v.variant("kind", [
  v.strictObject({ kind: v.literal("usage"), code: v.picklist(USAGE_CODES), detail }),
  v.strictObject({ kind: v.literal("protocol"), code: v.picklist(PROTOCOL_CODES), detail }),
  v.strictObject({ kind: v.literal("trust"), code: v.picklist(TRUST_CODES), detail }),
  v.strictObject({ kind: v.literal("network"), code: v.picklist(NETWORK_CODES), detail }),
  v.strictObject({ kind: v.literal("storage"), code: v.picklist(STORAGE_CODES), detail }),
  v.strictObject({
    kind: v.literal("refused"),
    code: v.picklist(REFUSED_CODES),
    detail,
    retryAfterMs: v.exactOptional(v.number()),
    conversation: v.exactOptional(conversation),
  }),
]);
export type Fault = v.InferOutput<typeof faultSchema>;

/** Parses a fault and converts it to an error. */
export const errorSchema = v.pipe(faultSchema, v.transform(errorOf));

/** @returns undefined for an error that is not Parley's own, whose text may only be in the log of its window */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof UsageError) return { kind: "usage", code: error.code, detail: error.message };
  if (error instanceof ProtocolError) return { kind: "protocol", code: error.code, detail: error.message };
  if (error instanceof TrustError) return { kind: "trust", code: error.code, detail: error.message };
  if (error instanceof NetworkError) return { kind: "network", code: error.code, detail: error.message };
  if (error instanceof StorageError) return { kind: "storage", code: error.code, detail: error.message };
  if (!(error instanceof RefusedError)) return undefined;
  const { code, message, retryAfterMs, conversation: which } = error;
  return {
    ...{ kind: "refused", code, detail: message },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(which !== undefined && { conversation: which }),
  };
}

function errorOf(fault: Fault): ParleyError {
  switch (fault.kind) {
    case "usage":
      return new UsageError(fault.code, fault.detail);
    case "protocol":
      return new ProtocolError(fault.code, fault.detail);
    case "trust":
      return new TrustError(fault.code, fault.detail);
    case "network":
      return new NetworkError(fault.code, fault.detail);
    case "storage":
      return new StorageError(fault.code, fault.detail);
    case "refused":
      return new RefusedError(fault.code, fault.detail, fault.retryAfterMs, fault.conversation);
  }
}
