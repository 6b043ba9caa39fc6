/** The banner: the most important notice or decision, with its cause and buttons. */
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
/** The decision that a button posts, with the state on screen. Without that state, the messenger refuses it. */
const decide = (decision: Decision, shown = ""): Press => ({ type: "decide", decision, shown });

export interface Banner {
  readonly tone: "info" | "warning";
  readonly text: string;
  /** The peer's text, with hidden characters made visible. */
  readonly note?: string;
  /** Paragraphs. A fingerprint gets one of its own, since that is easier to compare. */
  readonly explanation?: readonly string[];
  /** The primary button, if there is one. */
  readonly main?: Button;
  readonly others?: readonly Button[];
}
type Button = readonly [press: Press, label: string];

/** @returns the most important banner. A changed key comes first, since it stops the chat; then a missing connection */
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

/** Returns a banner with a button to ask the person to talk. If they are offline, the extension offers to leave the request. */
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
