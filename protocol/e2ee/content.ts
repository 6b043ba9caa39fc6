/** What is inside a sealed message: a small, versioned, typed format. Unknown kinds are shown as such, never dropped. */
import type { MessageId } from "../names.ts";

export type Content =
  | { readonly kind: "text"; readonly sentAt: number; readonly text: string; readonly replyTo?: MessageId }
  /** End-to-end receipt: the peer's device says what it has (or what its user has read). Not shown as a message. */
  | { readonly kind: "receipt"; readonly sentAt: number; readonly state: "delivered" | "read"; readonly ids: readonly MessageId[] }
  /** A kind newer than this program; `fallback` is what its sender suggests to show. */
  | { readonly kind: "unknown"; readonly sentAt: number; readonly type: string; readonly fallback: string };
/** sentAt is Unix time, milliseconds, by the sender's clock. */
export declare function encodeContent(content: Content): Uint8Array;
/** @throws ProtocolError "bad-content" */
export declare function decodeContent(bytes: Uint8Array): Content;
