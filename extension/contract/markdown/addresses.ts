/** Finds addresses in a text and keeps their spelling. */
import type { MarkdownIt, StateInline } from "markdown-it";
import { parseLink } from "../link.ts";
import { changeRule } from "./rules.ts";

const SCHEME_AT_END = /(?<![a-z0-9+.-])(?:https?|mailto)$/i;
const LONGEST_SCHEME = "mailto".length;
/** At the end of an address, these more often close formatting than belong to the address (GFM, "Autolinks (extended)"). */
const FORMATTING_AT_END = /[*_~]+$/;
/** Text that makes the part before it user information, so that the recognized part would not show the real host. */
const GOES_ON_TO_A_HOST = /^[^\s/?#]*@|^:\S*@/;
const MAX_LOOK_AHEAD = 2048;

export function readAddresses(markdown: MarkdownIt): void {
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  markdown.linkify.add("ftp:", null).add("//", null);
  // Keep the spelling of addresses: decode and encode nothing, neither here nor for display.
  markdown.normalizeLink = (address) => address;
  markdown.normalizeLinkText = (address) => address;
  markdown.validateLink = (address) => address === "" || parseLink(address) !== undefined;
  markdown.helpers.parseLinkDestination = plainDestination(markdown.helpers.parseLinkDestination);
  // Show a link with a title as text, since a link does not show its title.
  markdown.helpers.parseLinkTitle = () => ({ ok: false, can_continue: false, pos: 0, str: "", marker: 0 });
  changeRule(markdown.inline.ruler, "linkify", () => bareAddress);
}

type ReadDestination = MarkdownIt["helpers"]["parseLinkDestination"];

/** Parses the address in the parentheses of a link. Rejects backslashes, which browsers interpret differently. */
function plainDestination(original: ReadDestination): ReadDestination {
  return (text, start, max) => {
    const { ok, pos } = original(text, start, max);
    const written = ok ? text.slice(start, pos).replace(/^<(.*)>$/, "$1") : "";
    // markdown-it accepts empty parentheses as a link. An end that is out of range makes it reject them.
    return written === ""
      ? { ok: true, pos: max, str: "" }
      : { ok: !written.includes("\\"), pos, str: written };
  };
}

/** Makes an address in running text a link if parseLink allows it, else text without formatting. */
function bareAddress(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src[pos] !== ":" || state.linkLevel > 0) return false;
  const reach = Math.min(LONGEST_SCHEME, silent ? pos : state.pending.length);
  const scheme = SCHEME_AT_END.exec(src.slice(Math.max(0, pos - reach - 1), pos))?.[0];
  if (scheme === undefined || scheme.length > reach) return false;
  const start = pos - scheme.length;
  const match = state.md.linkify.matchAtStart(src.slice(start, state.posMax));
  if (!match) return false;
  const address = match.raw.replace(FORMATTING_AT_END, "");
  if (address.length <= scheme.length + 1) return false;
  const end = start + address.length;
  const rest = src.slice(end, Math.min(end + MAX_LOOK_AHEAD, state.posMax));
  const isLink = parseLink(address) !== undefined && !GOES_ON_TO_A_HOST.test(rest);
  const textEnd = isLink ? end : end + (/^\S*/.exec(rest)?.[0].length ?? 0);
  if (!silent) {
    state.pending = state.pending.slice(0, -scheme.length);
    if (isLink) pushLink(state, address);
    else state.pending += src.slice(start, textEnd);
  }
  state.pos = textEnd;
  return true;
}

function pushLink(state: StateInline, address: string): void {
  const open = state.push("link_open", "a", 1);
  open.attrs = [["href", address]];
  open.info = "auto";
  state.push("text", "", 0).content = address;
  state.push("link_close", "a", -1).info = "auto";
}
