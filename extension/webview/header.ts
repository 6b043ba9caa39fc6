/** Draws the line at the top: the person, presence, encryption and verification. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import { durationText } from "../../messenger/kinds/duration-text.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import type { PanelHeader } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import type { Menu, MenuItem } from "./menu.ts";
import { strings, translate } from "./strings.ts";

export interface HeaderParts {
  readonly host: Host;
  readonly menu: Menu;
}

export function headerView(header: PanelHeader, { host, menu }: HeaderParts): TemplateResult {
  const peer = visible(header.peer);
  const open = ({ currentTarget }: Event) => {
    if (currentTarget instanceof HTMLElement)
      menu.toggle(currentTarget, strings.moreActions, items(header, host));
  };
  return html`
    ${header.shownIn === "sideBar" ? back(host) : nothing}
    <span class=${header.online ? "presence online" : "presence"} aria-hidden="true"></span>
    <h1><bdi>${peer}</bdi></h1>
    ${chosenName(header, peer)}
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

/** The name that the person chose, beside the account name. */
function chosenName({ profile }: PanelHeader, peer: string): TemplateResult | typeof nothing {
  if (profile === undefined || profile.name === "") return nothing;
  const name = visible(profile.name);
  const chosen = strings.chosenName(peer, name);
  if (profile.alike === undefined)
    return html`<span class="chosen-name" title=${chosen}>“<bdi>${name}</bdi>”</span>`;
  const care = strings.onlyAlike(visible(profile.alike));
  return html`<span class="chosen-name changed" title=${`${chosen} ${care}`}
    >${icons.warning}“<bdi>${name}</bdi>”<span class="spoken">${care}</span></span
  >`;
}

function items({ menu, standing }: PanelHeader, host: Host): readonly MenuItem[] {
  return menu.flatMap((group, index) =>
    group.map(({ command, title }, place) => ({
      label: title,
      run: () =>
        host.post(
          command === "closeChat"
            ? { type: "decide", decision: command, shown: standing ?? "" }
            : { type: "action", action: command },
        ),
      separated: index > 0 && place === 0,
    })),
  );
}

function back(host: Host): TemplateResult {
  return html`<button
    type="button"
    class="quiet icon-only back"
    title=${strings.backToChats}
    aria-label=${strings.backToChats}
    @click=${() => host.post({ type: "action", action: "backToChats" })}
  >
    ${icons.back}
  </button>`;
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
      @click=${() => host.post({ type: "action", action: "verifySafetyNumber" })}
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
