/**
 * Derives keys from passphrases with scrypt (RFC 7914). The cost is stored with the protected data, so that later versions can raise it.
 * A cost that was read from a file is checked before it is used.
 */
import { randomBytes, scrypt } from "node:crypto";
import { UsageError } from "../../protocol/errors.ts";

/** N = 2^17, with r = 8 and p = 1: 128 MiB and some tenths of a second for each guess (OWASP's first choice for scrypt, 2024). */
export const COST_LOG2 = 17;
/** 512 MiB: the most memory that an untrusted file can make this computer use. */
const MAX_COST_LOG2 = 19;
const BLOCK_SIZE = 8;
const PARALLEL = 1;
export const SALT_BYTES = 32;

const MIN_PASSPHRASE_CHARACTERS = 12;
const MIN_DIFFERENT_CHARACTERS = 6;

/** The scrypt parameters of one passphrase. They are public: with other parameters, the derived key would be another. */
export interface PassphraseCost {
  readonly costLog2: number;
  readonly salt: Uint8Array;
}

export function newCost(costLog2 = COST_LOG2): PassphraseCost {
  return { costLog2, salt: randomBytes(SALT_BYTES) };
}

export function isPayable({ costLog2, salt }: PassphraseCost): boolean {
  return (
    Number.isInteger(costLog2) && costLog2 >= 1 && costLog2 <= MAX_COST_LOG2 && salt.length === SALT_BYTES
  );
}

/**
 * Derives a key.
 * @param passphrase normalized to Unicode NFKC first, since keyboards encode the same letter in several ways
 * @param length bytes of the key
 * @returns the key, which the caller wipes
 * @throws UsageError "bad-argument" for a cost out of bounds
 */
export async function stretch(passphrase: string, cost: PassphraseCost, length: number): Promise<Uint8Array> {
  if (!isPayable(cost)) throw new UsageError("bad-argument", "That scrypt cost is out of bounds");
  const cpuCost = 2 ** cost.costLog2;
  const secret = Buffer.from(passphrase.normalize("NFKC"), "utf8");
  try {
    return await new Promise((resolve, reject) =>
      scrypt(
        secret,
        cost.salt,
        length,
        // N blocks and two more, which matter at the smallest cost.
        { N: cpuCost, r: BLOCK_SIZE, p: PARALLEL, maxmem: 2 * 128 * BLOCK_SIZE * (cpuCost + 2) },
        (error, key) => (error === null ? resolve(key) : reject(error)),
      ),
    );
  } finally {
    secret.fill(0);
  }
}

/**
 * The rating of a new passphrase: "short" and "repetitive" are refused. It depends on the length, not on kinds of characters (NIST SP
 * 800-63B §5.1.1.2).
 */
export type PassphraseQuality = "short" | "repetitive" | "fair" | "good";

export function passphraseQuality(passphrase: string): PassphraseQuality {
  const characters = [...passphrase.normalize("NFKC")];
  if (characters.length < MIN_PASSPHRASE_CHARACTERS) return "short";
  if (new Set(characters).size < MIN_DIFFERENT_CHARACTERS) return "repetitive";
  return characters.length < 20 ? "fair" : "good";
}

/** Checks a new passphrase. @throws UsageError "weak-passphrase" */
export function assertStrong(passphrase: string): void {
  const quality = passphraseQuality(passphrase);
  if (quality === "short" || quality === "repetitive")
    throw new UsageError("weak-passphrase", `The passphrase is too ${quality}`);
}
