/**
 * The one contract between the extension and the page inside a chat panel. Types only cross by postMessage;
 * whatever arrives is checked: what the page sends by parsePageMessage (the page is hostile ground).
 */
export interface PanelHeader {
  readonly peer: string;
  readonly me: string;
  readonly phase: "none" | "requested" | "invited" | "establishing" | "open" | "closed-by-me" | "closed-by-peer" | "key-changed";
  readonly online: boolean;
  readonly trust: "unknown" | "pinned" | "verified" | "changed";
  /** Our own line to the server. */
  readonly connected: boolean;
  /** A sentence to show when not connected; empty otherwise. */
  readonly connectionText: string;
  readonly firstUnread?: string;
}
export interface PanelMessage {
  readonly id: string;
  readonly mine: boolean;
  /** Unix time, milliseconds */
  readonly at: number;
  readonly position: number;
  readonly body:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "unknown"; readonly type: string; readonly fallback: string }
    | { readonly kind: "event"; readonly event: string };
  readonly state?: "waiting" | "sending" | "sent" | "delivered" | "read" | "failed";
  /** A sentence, with "failed". */
  readonly failureText?: string;
}
/** Extension to page. */
export type HostMessage =
  | { readonly type: "header"; readonly header: PanelHeader }
  | { readonly type: "page"; readonly messages: readonly PanelMessage[]; readonly place: "replace" | "prepend"; readonly hasOlder: boolean }
  | { readonly type: "added"; readonly message: PanelMessage }
  | { readonly type: "updated"; readonly message: PanelMessage }
  | { readonly type: "draft"; readonly text: string }
  | { readonly type: "focusComposer" };
/** Page to extension. */
export type PageMessage =
  | { readonly type: "ready" }
  | { readonly type: "send"; readonly text: string }
  | { readonly type: "retry"; readonly id: string }
  | { readonly type: "loadOlder"; readonly before: number }
  /** The newest message is on screen and the page has focus. */
  | { readonly type: "read" }
  | { readonly type: "draft"; readonly text: string }
  | { readonly type: "copy"; readonly text: string }
  | { readonly type: "openLink"; readonly href: string }
  | { readonly type: "action"; readonly action: "verify" | "close" | "request" | "accept" | "refuse" | "acceptNewKey" | "reconnect" };
/** @returns the message, or undefined for anything that is not exactly one of the above within bounds. */
export declare function parsePageMessage(value: unknown): PageMessage | undefined;
