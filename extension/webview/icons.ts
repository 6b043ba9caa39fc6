/** Icons as inline SVG in the text's colour, since the page loads no font. All are decorative: each is beside a text. */
import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit/html.js";

function icon(shape: SVGTemplateResult): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${shape}</svg>`;
}

const twice = svg`<path d="M.8 8.6 4 11.8 10 4.8"/><path d="M7.3 11.1 8 11.8 14.8 4.8"/>`;

export const icons = {
  lock: icon(
    svg`<rect x="3.5" y="7" width="9" height="6.5" rx="1"/><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>`,
  ),
  shield: icon(svg`<path d="M8 1.8 13 3.6v4c0 3.2-2.1 5.4-5 6.6-2.9-1.2-5-3.4-5-6.6v-4z"/>`),
  shieldCheck: icon(
    svg`<path d="M8 1.8 13 3.6v4c0 3.2-2.1 5.4-5 6.6-2.9-1.2-5-3.4-5-6.6v-4z"/><path d="M5.6 8 7.4 9.8 10.5 6.2"/>`,
  ),
  warning: icon(svg`<path d="M8 2 14.3 13.5H1.7z"/><path d="M8 6.2v3.6"/><path d="M8 11.3v.7"/>`),
  picture: icon(
    svg`<rect x="2" y="3" width="12" height="10" rx="1.5"/><circle cx="5.6" cy="6.4" r="1.1"/><path d="m2.6 11.6 3.6-3 2.4 1.9 2.6-2.5 2.4 2.3"/>`,
  ),
  plus: icon(svg`<path d="M8 3v10M3 8h10"/>`),
  minus: icon(svg`<path d="M3 8h10"/>`),
  info: icon(svg`<circle cx="8" cy="8" r="6"/><path d="M8 7.3v3.9"/><path d="M8 4.7v.8"/>`),
  send: icon(svg`<path d="M2.2 2.6 14 8 2.2 13.4 4 8z"/><path d="M4 8h5"/>`),
  more: icon(
    svg`<circle class="filled" cx="3" cy="8" r=".8"/><circle class="filled" cx="8" cy="8" r=".8"/><circle class="filled" cx="13" cy="8" r=".8"/>`,
  ),
  reply: icon(svg`<path d="M6.5 3.5 2.5 7.5l4 4M2.8 7.5h6.7a4 4 0 0 1 4 4v1"/>`),
  react: icon(svg`<circle cx="8" cy="8" r="6"/><path d="M5.4 9.4a3 3 0 0 0 5.2 0M5.8 6v.6M10.2 6v.6"/>`),
  attach: icon(svg`<path d="M8 3v10M3 8h10"/>`),
  file: icon(svg`<path d="M9.5 1.8H4v12.4h8V4.3zM9.3 2v2.5h2.5"/>`),
  close: icon(svg`<path d="M4 4l8 8M12 4l-8 8"/>`),
  copy: icon(svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1"/><path d="M3.5 10.5h-1v-8h8v1"/>`),
  check: icon(svg`<path d="M3 8.6 6.4 12 13 4.4"/>`),
  back: icon(svg`<path d="M13 8H3.5M7.4 4l-4 4 4 4"/>`),
  down: icon(svg`<path d="M8 3v9.5M4 8.6l4 4 4-4"/>`),
  timer: icon(svg`<path d="M6.5 1.8h3M8 1.8v2"/><circle cx="8" cy="9" r="5"/><path d="M8 6.4V9"/>`),
  waiting: icon(svg`<circle cx="8" cy="8" r="5.5"/><path d="M8 4.8V8l2.2 1.4"/>`),
  sending: icon(svg`<circle class="dashed" cx="8" cy="8" r="5.5"/>`),
  sent: icon(svg`<path d="M3.5 8.6 6.7 11.8 12.8 4.8"/>`),
  delivered: icon(twice),
  read: icon(twice),
  failed: icon(svg`<circle cx="8" cy="8" r="5.5"/><path d="M8 4.9v3.7"/><path d="M8 10.4v.7"/>`),
} as const;

const sheet = svg`<path d="M4 1.8h5.2L12.4 5v9.2H4z"/><path d="M9 2v3.2h3.2"/>`;

/** By FileType. */
export const fileIcons = {
  file: icon(sheet),
  text: icon(svg`${sheet}<path d="M6 8h4.4M6 10h4.4M6 12h2.6"/>`),
  archive: icon(
    svg`${sheet}<path d="M6.4 2.4v1.4M6.4 5.2v1.4M6.4 8v1.4"/><rect x="5.6" y="10.2" width="1.8" height="2.2"/>`,
  ),
  media: icon(svg`${sheet}<path d="m6.8 7.6 3.2 2-3.2 2z"/>`),
  picture: icons.picture,
} as const;
