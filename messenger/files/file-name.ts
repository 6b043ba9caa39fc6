/**
 * Makes a file name that another person proposed safe to save under on every system, and to show. People see the name that they save
 * under, so both come from the same function.
 */

/** The longest name on most file systems, bytes of UTF-8. */
const MAX_BYTES = 255;
/** Of an ending that stays when a name is cut, with its dot. */
const MAX_ENDING_BYTES = 20;
/** For the "_" that a cut name may need in front. */
const SLACK_BYTES = 1;
const NAMELESS = "file";
const ELLIPSIS = "\u2026";
/** First strong isolate and its end (UAX #9): a name's direction stays its own affair. */
const [ISOLATE, END_OF_ISOLATE] = ["\u2068", "\u2069"];

/**
 * Invisible: controls, formats (bidi among them), private use, and characters that there are not. Joiners are letters' business, and stay
 * between letters of scripts that need them, and in emoji.
 */
const INVISIBLE =
  /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Noncharacter_Code_Point}\u115f\u1160\u3164\uffa0]/gu;
const LOOSE_JOINERS = /(?<![^\0-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\0-\x7f])/gu;
const LONE_SURROGATES = /\p{Cs}/gu;
/** Between folders, on any system or by a look-alike that Windows takes for one; and the other characters that Windows allows in no name. */
const SEPARATORS =
  /[/\\:*?"<>|\u00a5\u20a9\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe68\uff0f\uff1a\uff3c\uff5c]/gu;
/** A long one would push an ending out of sight. */
const SPACES = /[\p{Z}\s]+/gu;
/** Windows drops them. */
const AT_THE_ENDS = /^ +|[. ]+$/gu;
/** Devices of Windows, with any ending. */
const DEVICE =
  /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$|clock\$) *(?:\.|$)/iu;
/** Read by programs as an option. */
const DASH = /^-/;

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
const utf8 = new TextEncoder();

/**
 * Makes a name of one part: 1 to 255 bytes of UTF-8, without separators, invisible characters and line ends, and no name that a system keeps for itself.
 * A name that is fine already stays as it is; a long one loses the last of its characters, as people see them, and keeps its ending.
 * @param proposed foreign
 */
export function fileName(proposed: string): string {
  return safe(cut(safe(proposed)));
}

/**
 * A name for a line of text. @param proposed foreign. @param most characters as people see them; of a longer name the middle is left out
 */
export function shownFileName(proposed: string, most = 60): string {
  const name = fileName(proposed);
  const all = charactersOf(name);
  if (all.length <= most) return `${ISOLATE}${name}${END_OF_ISOLATE}`;
  const end = Math.floor(most / 2);
  const short = [...all.slice(0, most - 1 - end), ELLIPSIS, ...all.slice(-end)].join("");
  return `${ISOLATE}${short}${END_OF_ISOLATE}`;
}

function safe(text: string): string {
  const name = text
    .replace(LONE_SURROGATES, "\ufffd")
    .normalize("NFC")
    .replace(SPACES, " ")
    .replace(INVISIBLE, "")
    .replace(LOOSE_JOINERS, "")
    .replace(SEPARATORS, "_")
    .replace(SPACES, " ")
    .replace(AT_THE_ENDS, "")
    .replace(DASH, "_")
    .normalize("NFC");
  if (name === "") return NAMELESS;
  return DEVICE.test(name) ? `_${name}` : name;
}

/** Cuts before the ending. */
function cut(name: string): string {
  if (bytesOf(name) <= MAX_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 && bytesOf(name.slice(dot)) <= MAX_ENDING_BYTES ? name.slice(dot) : "";
  const room = MAX_BYTES - bytesOf(ending) - SLACK_BYTES;
  const stem = ending === "" ? name : name.slice(0, dot);
  return `${fitting(charactersOf(stem), room) || fitting([...stem], room)}${ending}`;
}

/** @returns as many of the first as have room */
function fitting(characters: readonly string[], room: number): string {
  let bytes = 0;
  const fits = characters.findIndex((character) => {
    bytes += bytesOf(character);
    return bytes > room;
  });
  return characters.slice(0, fits < 0 ? characters.length : fits).join("");
}

function charactersOf(text: string): readonly string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

function bytesOf(text: string): number {
  return utf8.encode(text).length;
}
