/** Extensions and a client's capabilities (RFC 9420 §7.2, §11.1, §13.4). */
import {
  MAX_CAPABILITIES,
  MAX_CERTIFICATES,
  MAX_EXTENSIONS,
  MAX_EXTERNAL_SENDERS,
  MAX_IDENTITY_BYTES,
  MAX_KEY_BYTES,
} from "./bounds.ts";
import { decode, opaque, refine, select, struct, type TypeOf, uint16, vector } from "./codec.ts";
import { CodecError } from "./errors.ts";

/** ProtocolVersion */
export const MLS_10 = 1;

export const EXTENSION = {
  applicationId: 0x0001,
  ratchetTree: 0x0002,
  requiredCapabilities: 0x0003,
  externalPub: 0x0004,
  externalSenders: 0x0005,
} as const;

/** Extensions that every client knows and that capabilities do not list (§7.2). */
const DEFAULT_EXTENSIONS: ReadonlySet<number> = new Set(Object.values(EXTENSION));
/** add to group_context_extensions */
const LAST_DEFAULT_PROPOSAL = 0x0007;

/** Credential (§5.3). */
export const credential = select("type", uint16, {
  basic: [1, struct({ identity: opaque(MAX_IDENTITY_BYTES) })],
  x509: [2, struct({ certificates: vector(opaque(MAX_IDENTITY_BYTES), MAX_CERTIFICATES) })],
});
export const CREDENTIAL_TYPES = { basic: 1, x509: 2 } as const;

const extension = struct({ type: uint16, data: opaque() });
export type Extension = TypeOf<typeof extension>;

/** At most one of each type (§13.4). */
export const extensions = refine(vector(extension, MAX_EXTENSIONS), (list) => {
  if (new Set(list.map(({ type }) => type)).size < list.length)
    throw new CodecError("§13.4", "An extension stands twice in a list");
  return list;
});

const numbers = vector(uint16, MAX_CAPABILITIES);
export const capabilities = struct({
  versions: numbers,
  cipherSuites: numbers,
  extensions: numbers,
  proposals: numbers,
  credentials: numbers,
});
export type Capabilities = TypeOf<typeof capabilities>;

/** RequiredCapabilities (§11.1). */
export const requiredCapabilities = struct({
  extensionTypes: numbers,
  proposalTypes: numbers,
  credentialTypes: numbers,
});

/** ExternalSender (§12.1.8.1), a list. */
export const externalSenders = vector(
  struct({ signatureKey: opaque(MAX_KEY_BYTES), credential }),
  MAX_EXTERNAL_SENDERS,
);

/** ExternalPub (§12.4.3.2). */
export const externalPub = struct({ externalPub: opaque(MAX_KEY_BYTES) });

export const findExtension = (list: readonly Extension[], type: number): Uint8Array | undefined =>
  list.find((one) => one.type === type)?.data;

export const supportsExtension = (can: Capabilities, type: number): boolean =>
  DEFAULT_EXTENSIONS.has(type) || can.extensions.includes(type);

const supportsProposal = (can: Capabilities, type: number): boolean =>
  (type > 0 && type <= LAST_DEFAULT_PROPOSAL) || can.proposals.includes(type);

/**
 * Returns whether a client can be in a group with these extensions in its context (§11.1, §13.4).
 * @throws CodecError
 */
export function supportsGroup(can: Capabilities, context: readonly Extension[]): boolean {
  if (!context.every(({ type }) => supportsExtension(can, type))) return false;
  const data = findExtension(context, EXTENSION.requiredCapabilities);
  if (data === undefined) return true;
  const required = decode(requiredCapabilities, data);
  return (
    required.extensionTypes.every((type) => supportsExtension(can, type)) &&
    required.proposalTypes.every((type) => supportsProposal(can, type)) &&
    required.credentialTypes.every((type) => can.credentials.includes(type))
  );
}
