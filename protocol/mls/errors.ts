/**
 * Errors, sorted by cause. `section` is the section of RFC 9420 whose rule was broken, or of another document
 * if it names one; the text never holds keys or plaintext. After any of these errors, the group that was
 * passed in is unchanged.
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

/** Well-formed, but against a rule; every member that follows the rules refuses it for the same reason. */
export class ValidationError extends MlsError {
  readonly kind = "validation";
}

/** The caller's policy refused a commit, or a group to join. */
export class RefusedError extends ValidationError {}

/**
 * This member's own commit, delivered back: createCommit() has already returned the group that it leads to.
 */
export class OwnCommitError extends ValidationError {}

/** An epoch or generation whose keys are not available: not yet, no longer, or never. */
export class UnavailableError extends ValidationError {
  readonly reason: "epoch-ahead" | "epoch-behind" | "generation-used" | "generation-ahead";
  constructor(section: string, reason: UnavailableError["reason"]) {
    super(section, `Keys are not available: ${reason}`);
    this.reason = reason;
  }
}

/** A signature, tag, hash or decryption does not verify: forged, damaged, or meant for another member. */
export class VerificationError extends MlsError {
  readonly kind = "verification";
}

/** The caller asks for something that this state does not allow. */
export class UsageError extends MlsError {
  readonly kind = "usage";
}
