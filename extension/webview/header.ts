/** The line at the top: who, online or not, encrypted or not, verified or not. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import { durationText } from "../contract/duration-text.ts";
import { visible } from "../contract/hidden-characters.ts";
import type { PanelHeader } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { strings } from "./strings.ts";

export function headerView(header: PanelHeader, host: Host): TemplateResult {
  const peer = visible(header.peer);
  return html`
    <span class=${header.online ? "presence online" : "presence"} aria-hidden="true"></span>
    <h1><bdi>${peer}</bdi></h1>
    <span class="presence-text">${header.online ? strings.online : strings.offline}</span>
    <span class="spring"></span>
    ${timer(header, host)} ${encryption(header, peer)} ${verification(header, peer, host)} ${closing(header, host)}
  `;
}

function timer({ timerSeconds }: PanelHeader, host: Host): TemplateResult | typeof nothing {
  if (timerSeconds === 0) return nothing;
  const duration = durationText(timerSeconds);
  return html`<button
    type="button"
    class="quiet timer"
    title=${strings.timerDetail(duration)}
    @click=${() => host.post({ type: "action", action: "setTimer" })}
  >
    ${icons.timer}<span>${duration}</span>
  </button>`;
}

function encryption(header: PanelHeader, peer: string): TemplateResult | typeof nothing {
  switch (header.phase) {
    case "open":
      return html`<span class="encryption" title=${strings.encryptedDetail(peer)}
        >${icons.lock}<span class="words">${strings.encrypted}</span></span
      >`;
    case "establishing":
      return html`<span class="encryption">${strings.establishing}</span>`;
    case "none":
    case "requested":
    case "invited":
    case "closed-by-me":
    case "closed-by-peer":
    case "key-changed":
      return nothing;
  }
}

function verification(header: PanelHeader, peer: string, host: Host): TemplateResult | typeof nothing {
  const button = (icon: TemplateResult, text: string, title: string, kind: string) =>
    html`<button
      type="button"
      class=${`quiet verification ${kind}`}
      title=${title}
      @click=${() => host.post({ type: "action", action: "verify" })}
    >
      ${icon}<span>${text}</span>
    </button>`;
  switch (header.trust) {
    case "unknown":
      return nothing;
    case "pinned":
      return button(icons.shield, strings.notVerified, strings.verifyDetail(peer), "pinned");
    case "verified":
      return button(icons.shieldCheck, strings.verified, strings.verifiedDetail(peer), "verified");
    case "changed":
      return button(icons.warning, strings.keyChanged, strings.keyChangedDetail(peer), "changed");
  }
}

function closing(header: PanelHeader, host: Host): TemplateResult | typeof nothing {
  if (header.phase !== "open" && header.phase !== "establishing") return nothing;
  return html`<button
    type="button"
    class="quiet"
    title=${strings.closeChatDetail}
    @click=${() => host.post({ type: "decide", decision: "close", shown: header.standing ?? "" })}
  >
    ${strings.closeChat}
  </button>`;
}
