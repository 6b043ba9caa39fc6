/**
 * One small tree of errors, sorted by cause. `code` is stable, and programs branch on it; the text is English
 * for logs and never holds keys, tokens or message content. The user interface shows a sentence of its own
 * for each code.
 */
import type { ConversationId } from "./ids.ts";
import { ErrorCode } from "./wire/parley_pb.ts";

export abstract class ParleyError extends Error {
  abstract readonly code: string;
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = new.target.name;
  }
}

/** The caller's fault: a wrong argument, or a call in a state that does not allow it. */
export const USAGE_CODES = [
  "name-invalid",
  "invite-malformed",
  "invite-expired",
  "too-large",
  "not-connected",
  "closed",
  "wrong-state",
  "bad-argument",
  "in-use", // another process has the store
  "blocked", // by the user
  "edit-too-late", // a text can be edited for a day
  "too-many-edits",
  "too-many-reactions",
  "files-off", // the server keeps no files
  "files-waiting", // too many files wait on this computer for their message
  "files-full", // the user's quota at the server is used up
  "file-too-large", // for the server
  "too-many-files", // in one message
  "file-unreadable", // a path chosen by the user can't be used
  "file-exists", // there is a file where one was to be saved
  "file-damaged", // the file is not the one that its message describes
  "metadata-kept", // the metadata of a picture can't be removed
  "note-unsealable", // no key of the addressee to seal a note with
  "handed-over", // the window that ran the call closed before it answered: the call may have been carried out
  "weak-passphrase",
  "wrong-passphrase",
  "backup-unknown", // the file is no backup, or one of a later version
  "backup-damaged", // the file was truncated or changed
  "cancelled", // by the user
  "path-too-long", // of the folder for the user's data
  "keyring-silent", // the keyring doesn't answer, or waits for the user
  "keys-missing", // a history exists, but the keyring returns no keys for it
  "keys-wrong", // there is a history, and the keyring gives keys of another
  // The subject of the decision is not the one that was on screen:
  "request-changed",
  "key-changed-again",
  "number-changed",
  "chat-changed",
  "timer-changed",
  "account-changed",
  "secret-unsealed", // with a lock, a secret is stored unencrypted where a sealed one belongs
  "lock-removed", // a lock existed, and it was removed outside Parley
  "locked", // the secrets are sealed under a passphrase that has not been entered
] as const;
type UsageCode = (typeof USAGE_CODES)[number];
export class UsageError extends ParleyError {
  readonly code: UsageCode;
  constructor(code: UsageCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/**
 * The other end broke the protocol, or an attacker on the path changed the data. The connection is unusable.
 */
export const PROTOCOL_CODES = [
  "frame-too-large", // a length above the bound, found before anything was allocated
  "bad-handshake", // a handshake message that does not parse or authenticate
  "bad-record", // a record that was forged, replayed, reordered, dropped before, or cut
  "bad-message", // a well-sealed record whose content does not follow the protocol
  "bad-content", // an end-to-end message whose content does not parse
] as const;
type ProtocolCode = (typeof PROTOCOL_CODES)[number];
export class ProtocolError extends ParleyError {
  readonly code: ProtocolCode;
  constructor(code: ProtocolCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** An identity is not the expected one. Never retried automatically. */
export const TRUST_CODES = [
  "wrong-ca", // the chain ends in another CA than the one of the invite
  "certificate-invalid", // signature, chain, key usage or constraints
  "certificate-expired", // or not yet valid
  "certificate-name", // issued for another name than the one dialled
  "certificate-revoked",
  "revocation-list-invalid", // missing, forged, expired or older than one already seen
  "server-key-unproven", // the certificate's key has not signed this Noise key
  "identity-changed", // a person's key is not the pinned one
  "identity-mismatch", // key, name, id or signature inside a message do not belong together
  "wrong-conversation", // a sealed message was delivered into another conversation
  "undecryptable", // a sealed message does not open: forged, replayed or from a lost state
] as const;
export type TrustCode = (typeof TRUST_CODES)[number];
export class TrustError extends ParleyError {
  readonly code: TrustCode;
  constructor(code: TrustCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** Network failures: nobody's fault, try again. */
export const NETWORK_CODES = [
  "unreachable", // refused, no route, name not found, or no answer in time
  "cut", // the line ended without a QUIT
  "timeout", // no answer to a request, or no sign of life
  "server-shutdown", // the server said QUIT
  "not-collected", // no confirmation that a message arrived within the days that a server keeps it
] as const;
type NetworkCode = (typeof NETWORK_CODES)[number];
export class NetworkError extends ParleyError {
  readonly code: NetworkCode;
  constructor(code: NetworkCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/**
 * The local disk refused a write. Nothing was half done; the operation can be repeated once there is space.
 */
export const STORAGE_CODES = [
  "disk-full",
  "file-in-use", // another program has it open
] as const;
type StorageCode = (typeof STORAGE_CODES)[number];
export class StorageError extends ParleyError {
  readonly code: StorageCode;
  constructor(code: StorageCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** The names of the wire's ErrorCode, spelled as our codes: `NAME_TAKEN` is "name-taken". */
export type RefusalCode =
  Exclude<keyof typeof ErrorCode, "UNSPECIFIED"> extends infer Name
    ? Name extends string
      ? Dashed<Lowercase<Name>>
      : never
    : never;
type Dashed<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}-${Dashed<Tail>}`
  : Text;

/** "unknown": a reason that this version has no name for. */
type RefusedCode = RefusalCode | "user-not-found" | "unknown";

/** The server understood the request and refused it (an ERROR answer). */
export class RefusedError extends ParleyError {
  readonly code: RefusedCode;
  /** When to try again, milliseconds; only with "rate-limited" and "busy". */
  readonly retryAfterMs: number | undefined;
  /** The conversation it concerns; with "request-crossed" the one to accept. */
  readonly conversation: ConversationId | undefined;
  constructor(code: RefusedCode, detail: string, retryAfterMs?: number, conversation?: ConversationId) {
    super(detail);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.conversation = conversation;
  }
}

const REFUSALS: ReadonlyMap<number, RefusalCode> = new Map(
  Object.entries(ErrorCode).map(([name, number]) => [
    Number(number),
    name.toLowerCase().replaceAll("_", "-") as RefusalCode,
  ]),
);

export const REFUSED_CODES: readonly RefusedCode[] = [...REFUSALS.values(), "user-not-found", "unknown"];

/** The code of any of these errors. */
export type ParleyCode = UsageCode | ProtocolCode | TrustCode | NetworkCode | StorageCode | RefusedCode;

/** Makes the RefusedError for a wire ErrorCode; a code newer than this program becomes "unknown". */
export function refusal(
  code: ErrorCode,
  detail: string,
  retryAfterMs?: number,
  conversation?: ConversationId,
): RefusedError {
  const known = code === ErrorCode.UNSPECIFIED ? undefined : REFUSALS.get(code);
  return new RefusedError(known ?? "unknown", detail, retryAfterMs || undefined, conversation);
}
