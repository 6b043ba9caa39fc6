/**
 * Makes a file name from a peer safe to display and to save on every system. Both uses share one function, so that a user sees the name
 * under which the file is saved.
 */

/** The longest name that most file systems accept, in bytes of UTF-8. */
const MAX_BYTES = 255;
/** The longest ending that is kept when a name is cut, including its dot. */
const MAX_ENDING_BYTES = 20;
/** Room for a "_" that a cut name may need in front. */
const SLACK_BYTES = 1;
const NAMELESS = "file";
const ELLIPSIS = "\u2026";
/** First strong isolate and its end (UAX #9), so that a name's direction does not affect the text around it. */
const [ISOLATE, END_OF_ISOLATE] = ["\u2068", "\u2069"];

/**
 * Control, format (including bidi) and private use characters, noncharacters and fillers. Wider than messenger/text/hidden-characters.ts,
 * since a name loses them instead of showing them. Joiners stay between non-ASCII characters: some scripts and emoji need them.
 */
const INVISIBLE =
  /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Noncharacter_Code_Point}\u115f\u1160\u3164\uffa0]/gu;
const LOOSE_JOINERS = /(?<![^\0-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\0-\x7f])/gu;
const LONE_SURROGATES = /\p{Cs}/gu;
/**
 * Path separators of any system, their look-alikes that Windows may convert to them, and other characters that Windows forbids in names.
 */
const SEPARATORS =
  /[/\\:*?"<>|\u00a5\u20a9\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe68\uff0f\uff1a\uff3c\uff5c]/gu;
/** A run of spaces becomes one, since a long run would push the ending out of sight. */
const SPACES = /[\p{Z}\s]+/gu;
/** Windows removes these from the end of names. */
const AT_THE_ENDS = /^ +|[. ]+$/gu;
/** Device names of Windows, with any ending. */
const DEVICE =
  /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$|clock\$) *(?:\.|$)/iu;
/** Programs would take the name for an option. */
const DASH = /^-/;

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/**
 * Returns a safe name: 1 to 255 bytes of UTF-8, without separators, invisible characters and line breaks, and not reserved by a system. A
 * safe name is returned unchanged. A long one is cut at a visible character and keeps its ending.
 * @param proposed untrusted
 */
export function fileName(proposed: string): string {
  return safe(cut(safe(proposed)));
}

/** Returns the safe name for a line of text. @param proposed untrusted. @param most visible characters; a longer name loses its middle */
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

/** Shortens a name before its ending. */
function cut(name: string): string {
  if (bytesOf(name) <= MAX_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 && bytesOf(name.slice(dot)) <= MAX_ENDING_BYTES ? name.slice(dot) : "";
  const room = MAX_BYTES - bytesOf(ending) - SLACK_BYTES;
  const stem = ending === "" ? name : name.slice(0, dot);
  return `${fitting(charactersOf(stem), room) || fitting([...stem], room)}${ending}`;
}

/** @returns the longest prefix of at most `room` bytes */
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

/** Counts the bytes of UTF-8; half a surrogate pair is encoded as U+FFFD, which has three. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
