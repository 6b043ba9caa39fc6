/** The most important notice or decision, if there is one: the problem, its cause, and the buttons that help. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import { visible } from "../../messenger/text/hidden-characters.ts";
import type { PageMessage } from "../contract/page-message.ts";
import type { PanelHeader } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { strings } from "./strings.ts";

type Press = Extract<PageMessage, { type: "action" | "decide" }>;
type Action = Extract<Press, { type: "action" }>["action"];
type Decision = Extract<Press, { type: "decide" }>["decision"];

/** The message that a button posts to the extension. */
const act = (action: Action): Press => ({ type: "action", action });
/** Likewise, with the state that the page showed: without it there is nothing to decide about. */
const decide = (decision: Decision, shown = ""): Press => ({ type: "decide", decision, shown });

export interface Banner {
  readonly tone: "info" | "warning";
  readonly text: string;
  /** A peer's text, made visible. */
  readonly note?: string;
  /** A paragraph each: a key is easier to compare on a line of its own. */
  readonly explanation?: readonly string[];
  /** The button that most people want, if any: the only one that stands out. */
  readonly main?: Button;
  readonly others?: readonly Button[];
}
type Button = readonly [press: Press, label: string];

/** @returns the most important banner: a changed key stops everything; without a server nothing else can be done. */
export function bannerFor(header: PanelHeader): Banner | undefined {
  const peer = visible(header.peer);
  if (header.phase === "key-changed" || header.trust === "changed")
    return {
      tone: "warning",
      text: strings.keyChangedTitle(peer),
      explanation: [strings.keyChangedExplained(peer), ...keys(header)],
      main: [act("verifySafetyNumber"), strings.compareSafetyNumbers],
      others: [
        [act("acceptNewKey"), strings.trustNewKey],
        [decide("keepOldKey", header.keyChange?.shown), strings.keepOldKey],
      ],
    };
  if (!header.connected)
    return {
      tone: "warning",
      text: header.connectionText || strings.notConnected,
      main: header.signedOut ? [act("signIn"), strings.signIn] : [act("reconnect"), strings.reconnect],
    };
  if (header.blocked)
    return { tone: "info", text: strings.blocked(peer), others: [[act("unblock"), strings.unblock]] };
  switch (header.phase) {
    case "invited":
      return {
        tone: "info",
        text: strings.invited(peer),
        ...(header.request?.note !== undefined && { note: visible(header.request.note) }),
        ...(header.request && { explanation: [header.request.known, header.request.key] }),
        main: [decide("accept", header.request?.shown), strings.accept],
        others: [
          [decide("refuse", header.request?.shown), strings.refuse],
          [decide("block", header.request?.shown), strings.block],
        ],
      };
    case "requested":
      return {
        tone: "info",
        text: strings.requested(peer),
        others: [[decide("closeChat", header.standing), strings.withdraw]],
      };
    case "establishing":
      return { tone: "info", text: strings.establishingDetail(peer) };
    case "none":
      return askable(header, strings.noChat(peer), strings.request);
    case "closed-by-me":
      return askable(header, strings.closedByMe, strings.requestAgain);
    case "closed-by-peer":
      return askable(header, strings.closedByPeer(peer), strings.requestAgain);
    case "open":
      return header.online ? undefined : { tone: "info", text: strings.peerOffline(peer) };
  }
}

function keys({ keyChange }: PanelHeader): readonly string[] {
  return keyChange === undefined ? [] : [strings.newKey(keyChange.offered), strings.oldKey(keyChange.pinned)];
}

/** Returns a banner with a button that asks. A person offline can be left a request: the extension asks before. */
function askable(header: PanelHeader, text: string, label: string): Banner {
  const more = header.online ? "" : ` ${strings.askLater(visible(header.peer))}`;
  return { tone: "info", text: text + more, main: [act("requestToTalk"), label] };
}

export function bannerView(banner: Banner | undefined, host: Host): TemplateResult | typeof nothing {
  if (banner === undefined) return nothing;
  const buttons = [...(banner.main ? [banner.main] : []), ...(banner.others ?? [])];
  return html`<section
    class=${`banner ${banner.tone}${banner.explanation === undefined ? "" : " explained"}`}
    tabindex="-1"
    aria-label=${strings.notice}>
    ${banner.tone === "warning" ? icons.warning : icons.info}
    <div class="banner-text">
      <p>${banner.text}</p>
      ${banner.note === undefined ? nothing : html`<p class="note" dir="auto">${banner.note}</p>`}
      ${banner.explanation?.map((text) => html`<p class="explanation">${text}</p>`)}
    </div>
    ${
      buttons.length === 0
        ? nothing
        : html`<div class="banner-actions">
          ${buttons.map(
            (button) =>
              html`<button
                type="button"
                class=${button === banner.main ? "primary" : "secondary"}
                @click=${() => host.post(button[0])}
              >
                ${button[1]}
              </button>`,
          )}
        </div>`
    }
  </section>`;
}
