/**
 * An end-to-end receipt: the peer's device has received messages, or its user has read them. Not shown as a
 * message.
 */
import { UsageError } from "../../errors.ts";
import { idBytes, type MessageId } from "../../names.ts";
import { ReceiptState } from "../../wire/content_pb.ts";
import { badContent, type Codec, foreignId } from "./codec.ts";

/** The most ids in one receipt: many times the number of messages on a screen. */
export const MAX_RECEIPT_IDS = 256;

export interface Receipt {
  readonly kind: "receipt";
  readonly state: "delivered" | "read";
  /** 1 to MAX_RECEIPT_IDS. */
  readonly ids: readonly MessageId[];
}

export const receipt: Codec<Receipt> = {
  fallback: () => "",
  encode: ({ state, ids }) => {
    if (ids.length === 0) throw new UsageError("bad-argument", "A receipt names a message");
    if (ids.length > MAX_RECEIPT_IDS)
      throw new UsageError("too-large", `A receipt names at most ${MAX_RECEIPT_IDS} messages`);
    const wireState = state === "read" ? ReceiptState.READ : ReceiptState.DELIVERED;
    return { case: "receipt", value: { state: wireState, ids: ids.map(idBytes) } };
  },
  decode: (body) => {
    if (body.case !== "receipt") throw badContent("a receipt without its body");
    const { state, ids } = body.value;
    if (ids.length === 0 || ids.length > MAX_RECEIPT_IDS)
      throw badContent("a receipt for no message or too many");
    return { kind: "receipt", state: stateOf(state), ids: ids.map(foreignId) };
  },
};

function stateOf(state: ReceiptState): Receipt["state"] {
  if (state === ReceiptState.DELIVERED) return "delivered";
  if (state === ReceiptState.READ) return "read";
  throw badContent("a receipt of no known state");
}
