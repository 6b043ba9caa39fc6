/**
 * Faults, sorted by whose they are. `section` is the place in RFC 9420 of the rule that was broken, or of another
 * document where it names one; the text never holds keys or plaintext. After any of them, the group that was passed in is unchanged.
 */
export abstract class MlsError extends Error {
  abstract readonly kind: "codec" | "validation" | "verification" | "usage";
  readonly section: string;
  constructor(section: string, detail: string, options?: ErrorOptions) {
    super(`${detail} (${section})`, options);
    this.name = new.target.name;
    this.section = section;
  }
}

/** The bytes do not follow the syntax, or exceed a bound. */
export class CodecError extends MlsError {
  readonly kind = "codec";
}

/** Well-formed, but against a rule; every member that follows the rules refuses it alike. */
export class ValidationError extends MlsError {
  readonly kind = "validation";
}

/** The caller's judge refused a commit, or a group to join. */
export class RefusedError extends ValidationError {}

/** One's own commit, come back: createCommit() gave the group that it leads to. */
export class OwnCommitError extends ValidationError {}

/** Of an epoch or generation whose keys are not here: not yet, not any more, or never. */
export class UnavailableError extends ValidationError {
  readonly reason: "epoch-ahead" | "epoch-behind" | "generation-used" | "generation-ahead";
  constructor(section: string, reason: UnavailableError["reason"]) {
    super(section, `Keys are not available: ${reason}`);
    this.reason = reason;
  }
}

/** A signature, tag, hash or decryption does not verify: forged, damaged, or meant for somebody else. */
export class VerificationError extends MlsError {
  readonly kind = "verification";
}

/** The caller asks for something that this state does not allow. */
export class UsageError extends MlsError {
  readonly kind = "usage";
}
