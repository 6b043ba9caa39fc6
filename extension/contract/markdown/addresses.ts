/** Finds the addresses in a text, and keeps them as they were written. */
import type { MarkdownIt, StateInline } from "markdown-it";
import { parseLink } from "../link.ts";
import { changeRule } from "./rules.ts";

const SCHEME_AT_END = /(?<![a-z0-9+.-])(?:https?|mailto)$/i;
const LONGEST_SCHEME = "mailto".length;
/** GFM, "Autolinks (extended)": these close formatting around an address more often than they end one. */
const FORMATTING_AT_END = /[*_~]+$/;
/** With more characters of an address before it, the recognized part does not begin with its host. */
const GOES_ON_TO_A_HOST = /^[^\s/?#]*@|^:\S*@/;
const MAX_LOOK_AHEAD = 2048;

export function readAddresses(markdown: MarkdownIt): void {
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  markdown.linkify.add("ftp:", null).add("//", null);
  // An address stays as it was written: nothing in it is decoded or encoded, here or for display.
  markdown.normalizeLink = (address) => address;
  markdown.normalizeLinkText = (address) => address;
  markdown.validateLink = (address) => address === "" || parseLink(address) !== undefined;
  markdown.helpers.parseLinkDestination = plainDestination(markdown.helpers.parseLinkDestination);
  // A link with a title is shown as text: nothing else would show the title.
  markdown.helpers.parseLinkTitle = () => ({ ok: false, can_continue: false, pos: 0, str: "", marker: 0 });
  changeRule(markdown.inline.ruler, "linkify", () => bareAddress);
}

type ReadDestination = MarkdownIt["helpers"]["parseLinkDestination"];

/** Reads the text in the parentheses of a link. With a backslash in it each browser reads it differently: no link. */
function plainDestination(original: ReadDestination): ReadDestination {
  return (text, start, max) => {
    const { ok, pos } = original(text, start, max);
    const written = ok ? text.slice(start, pos).replace(/^<(.*)>$/, "$1") : "";
    // markdown-it takes empty parentheses for a link; one that does not end is none.
    return written === ""
      ? { ok: true, pos: max, str: "" }
      : { ok: !written.includes("\\"), pos, str: written };
  };
}

/** Makes an address in running text a link where the contract allows it, else plain text without formatting in it. */
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
