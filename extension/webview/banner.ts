/** The one thing to know or decide before going on, if there is one: what it is, why, and the buttons that help. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { PageMessage, PanelHeader } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { strings } from "./strings.ts";
import { visible } from "./visible-text.ts";

type Action = Extract<PageMessage, { type: "action" }>["action"];

export interface Banner {
  readonly tone: "info" | "warning";
  readonly text: string;
  /** What somebody else wrote, made visible. */
  readonly note?: string;
  readonly explanation?: string;
  /** The first is the one most people want. */
  readonly actions: readonly (readonly [action: Action, label: string])[];
}

/** @returns what matters most: a changed key stops everything, without a server nothing else can be done. */
export function bannerFor(header: PanelHeader): Banner | undefined {
  const peer = visible(header.peer);
  if (header.phase === "key-changed" || header.trust === "changed")
    return {
      tone: "warning",
      text: strings.keyChangedTitle(peer),
      explanation: strings.keyChangedExplained(peer),
      actions: [
        ["verify", strings.compareSafetyNumbers],
        ["acceptNewKey", strings.trustNewKey],
        ["keepOldKey", strings.keepOldKey],
      ],
    };
  if (!header.connected)
    return {
      tone: "warning",
      text: header.connectionText || strings.notConnected,
      actions: [header.signedOut ? ["signIn", strings.signIn] : ["reconnect", strings.reconnect]],
    };
  if (header.blocked)
    return { tone: "info", text: strings.blocked(peer), actions: [["unblock", strings.unblock]] };
  switch (header.phase) {
    case "invited":
      return {
        tone: "info",
        text: strings.invited(peer),
        ...(header.request?.note !== undefined && { note: visible(header.request.note) }),
        ...(header.request && { explanation: `${header.request.known} ${header.request.key}` }),
        actions: [
          ["accept", strings.accept],
          ["refuse", strings.refuse],
          ["block", strings.block],
        ],
      };
    case "requested":
      return { tone: "info", text: strings.requested(peer), actions: [["close", strings.withdraw]] };
    case "establishing":
      return { tone: "info", text: strings.establishingDetail(peer), actions: [] };
    case "none":
      return askable(header, strings.noChat(peer), strings.request);
    case "closed-by-me":
      return askable(header, strings.closedByMe, strings.requestAgain);
    case "closed-by-peer":
      return askable(header, strings.closedByPeer(peer), strings.requestAgain);
    case "open":
      return header.online ? undefined : { tone: "info", text: strings.peerOffline(peer), actions: [] };
  }
}

/** Somebody offline may be left a request: the extension asks before. */
function askable(header: PanelHeader, text: string, label: string): Banner {
  const more = header.online ? "" : ` ${strings.askLater(visible(header.peer))}`;
  return { tone: "info", text: text + more, actions: [["request", label]] };
}

export function bannerView(banner: Banner | undefined, host: Host): TemplateResult | typeof nothing {
  if (banner === undefined) return nothing;
  return html`<section
    class=${`banner ${banner.tone}${banner.explanation === undefined ? "" : " explained"}`}
    aria-label=${strings.notice}>
    ${banner.tone === "warning" ? icons.warning : icons.info}
    <div class="banner-text">
      <p>${banner.text}</p>
      ${banner.note === undefined ? nothing : html`<p class="note">${banner.note}</p>`}
      ${banner.explanation === undefined ? nothing : html`<p class="explanation">${banner.explanation}</p>`}
    </div>
    ${
      banner.actions.length === 0
        ? nothing
        : html`<div class="banner-actions">
          ${banner.actions.map(
            ([action, label], index) =>
              html`<button
                type="button"
                class=${index === 0 ? "primary" : "secondary"}
                @click=${() => host.post({ type: "action", action })}
              >
                ${label}
              </button>`,
          )}
        </div>`
    }
  </section>`;
}
