/** The line at the top: the person, their presence, encryption and verification. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import { durationText } from "../../messenger/kinds/duration-text.ts";
import { visible } from "../contract/hidden-characters.ts";
import type { PageMessage } from "../contract/page-message.ts";
import type { PanelHeader } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import type { Menu, MenuItem } from "./menu.ts";
import { strings, translate } from "./strings.ts";

type Action = Extract<PageMessage, { type: "action" }>["action"];

export interface HeaderParts {
  readonly host: Host;
  readonly menu: Menu;
}

export function headerView(header: PanelHeader, { host, menu }: HeaderParts): TemplateResult {
  const peer = visible(header.peer);
  const open = ({ currentTarget }: Event) => {
    if (currentTarget instanceof HTMLElement)
      menu.toggle(currentTarget, strings.moreActions, actions(header, host));
  };
  return html`
    <span class=${header.online ? "presence online" : "presence"} aria-hidden="true"></span>
    <h1><bdi>${peer}</bdi></h1>
    <span class="presence-text">${header.online ? strings.online : strings.offline}</span>
    <span class="spring"></span>
    ${timer(header, host)} ${encryption(header, peer)} ${verification(header, peer, host)}
    <button
      type="button"
      class="quiet icon-only"
      title=${strings.moreActions}
      aria-label=${strings.moreActions}
      aria-haspopup="menu"
      aria-expanded="false"
      @click=${open}
    >
      ${icons.more}
    </button>
  `;
}

/** Returns the less frequent commands, and last the one that ends the chat for both. */
function actions(header: PanelHeader, host: Host): readonly MenuItem[] {
  const act = (action: Action, label: string): MenuItem => ({
    label,
    run: () => host.post({ type: "action", action }),
  });
  const items = [
    act("search", strings.searchChat),
    act("goToDate", strings.goToDate),
    act("mute", strings.mute),
    act("export", strings.exportChat),
  ];
  if (header.phase !== "open" && header.phase !== "establishing") return items;
  const close = () => host.post({ type: "decide", decision: "close", shown: header.standing ?? "" });
  return [
    ...items,
    { ...act("setTimer", strings.setTimer), separated: true },
    act("verify", strings.verify),
    { label: strings.closeChat, run: close, separated: true },
  ];
}

function timer({ timerSeconds }: PanelHeader, host: Host): TemplateResult | typeof nothing {
  if (timerSeconds === 0) return nothing;
  const duration = durationText(timerSeconds, translate);
  return html`<button
    type="button"
    class="quiet timer"
    title=${strings.timerDetail(duration)}
    @click=${() => host.post({ type: "action", action: "setTimer" })}
  >
    ${icons.timer}<span class="words">${strings.timer(duration)}</span><span class="brief" aria-hidden="true"
      >${duration}</span
    >
  </button>`;
}

function encryption(header: PanelHeader, peer: string): TemplateResult | typeof nothing {
  switch (header.phase) {
    case "open":
      return html`<span class="encryption" title=${strings.encryptedDetail(peer)}
        >${icons.lock}<span class="spoken">${strings.encrypted}</span></span
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
  const button = (icon: TemplateResult, text: string, detail: string, kind: string) =>
    html`<button
      type="button"
      class=${`quiet verification ${kind}`}
      title=${`${text}. ${detail}`}
      @click=${() => host.post({ type: "action", action: "verify" })}
    >
      ${icon}<span class=${kind === "changed" ? "" : "spoken"}>${text}</span>
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
