/** Noise handshake patterns as data (Noise rev 34 §7.4, §7.5), and the hfs modifier (Noise HFS rev 1 §5). */
import { UsageError } from "../errors.ts";

export type DhToken = "ee" | "es" | "se" | "ss";
export type Token = "e" | "s" | DhToken | "e1" | "ekem1";

export interface Pattern {
  /** Static keys the other side knows before the first message. */
  readonly preMessages: { readonly initiator: readonly "s"[]; readonly responder: readonly "s"[] };
  /** The initiator's first, then alternating. A single message makes a one-way pattern. */
  readonly messages: readonly (readonly Token[])[];
}

const NONE = { initiator: [], responder: [] } as const;
const INITIATOR_KNOWN = { initiator: ["s"], responder: [] } as const;
const RESPONDER_KNOWN = { initiator: [], responder: ["s"] } as const;
const BOTH_KNOWN = { initiator: ["s"], responder: ["s"] } as const;

const PATTERNS = {
  N: { preMessages: RESPONDER_KNOWN, messages: [["e", "es"]] },
  K: { preMessages: BOTH_KNOWN, messages: [["e", "es", "ss"]] },
  X: { preMessages: RESPONDER_KNOWN, messages: [["e", "es", "s", "ss"]] },

  NN: { preMessages: NONE, messages: [["e"], ["e", "ee"]] },
  NK: {
    preMessages: RESPONDER_KNOWN,
    messages: [
      ["e", "es"],
      ["e", "ee"],
    ],
  },
  NX: { preMessages: NONE, messages: [["e"], ["e", "ee", "s", "es"]] },

  KN: { preMessages: INITIATOR_KNOWN, messages: [["e"], ["e", "ee", "se"]] },
  KK: {
    preMessages: BOTH_KNOWN,
    messages: [
      ["e", "es", "ss"],
      ["e", "ee", "se"],
    ],
  },
  KX: { preMessages: INITIATOR_KNOWN, messages: [["e"], ["e", "ee", "se", "s", "es"]] },

  XN: { preMessages: NONE, messages: [["e"], ["e", "ee"], ["s", "se"]] },
  XK: {
    preMessages: RESPONDER_KNOWN,
    messages: [
      ["e", "es"],
      ["e", "ee"],
      ["s", "se"],
    ],
  },
  XX: { preMessages: NONE, messages: [["e"], ["e", "ee", "s", "es"], ["s", "se"]] },

  IN: {
    preMessages: NONE,
    messages: [
      ["e", "s"],
      ["e", "ee", "se"],
    ],
  },
  IK: {
    preMessages: RESPONDER_KNOWN,
    messages: [
      ["e", "es", "s", "ss"],
      ["e", "ee", "se"],
    ],
  },
  IX: {
    preMessages: NONE,
    messages: [
      ["e", "s"],
      ["e", "ee", "se", "s", "es"],
    ],
  },
} as const satisfies Record<string, Pattern>;

export type PatternName = keyof typeof PATTERNS;
export const PATTERN_NAMES = Object.keys(PATTERNS) as readonly PatternName[];

const PROTOCOL_NAME = /^Noise_(?<pattern>[A-Z]+)(?<hfs>hfs)?_25519(?<kem>\+MLKEM768)?_AESGCM_SHA256$/;

/**
 * Returns the pattern of a protocol name.
 * @param name as in Noise rev 34 §8, of the suite 25519 / AESGCM / SHA256; with the modifier hfs also
 * +MLKEM768.
 * @throws UsageError "bad-argument" for a pattern, modifier or suite that is not supported.
 */
export function patternOf(name: string): Pattern {
  const { pattern = "", hfs, kem } = PROTOCOL_NAME.exec(name)?.groups ?? {};
  // The modifier and the KEM are only valid together (HFS §5).
  if (!isPatternName(pattern) || (hfs === undefined) !== (kem === undefined))
    throw new UsageError("bad-argument", `the Noise protocol ${name} is not offered`);
  const found: Pattern = PATTERNS[pattern];
  return hfs === undefined ? found : withHybridForwardSecrecy(found, name);
}

function isDh(token: Token): token is DhToken {
  return token === "ee" || token === "es" || token === "se" || token === "ss";
}

function isPatternName(text: string): text is PatternName {
  return Object.hasOwn(PATTERNS, text);
}

/**
 * Adds the tokens of HFS §5: "e1" follows the first "e", or the first Diffie-Hellman of that message, so that
 * it is sent encrypted; "ekem1" follows the first "ee". (The rows KK and IN of the table there contradict its
 * text; we follow the text.)
 */
function withHybridForwardSecrecy({ preMessages, messages }: Pattern, name: string): Pattern {
  if (messages.length === 1)
    throw new UsageError("bad-argument", `${name}: a one-way pattern has no "ee" to strengthen`);
  let e1Placed = false;
  let ekem1Placed = false;
  const modified = messages.map((tokens) => {
    const result: Token[] = [...tokens];
    const e = result.indexOf("e");
    if (!e1Placed && e >= 0) {
      const firstDh = result.findIndex(isDh);
      result.splice((firstDh < 0 ? e : firstDh) + 1, 0, "e1");
      e1Placed = true;
    }
    const ee = result.indexOf("ee");
    if (!ekem1Placed && ee >= 0) {
      result.splice(ee + 1, 0, "ekem1");
      ekem1Placed = true;
    }
    return result;
  });
  return { preMessages, messages: modified };
}
