/** Message framing (RFC 9420 §6): the content, its sender, and its authentication. */
import { MAX_GROUP_ID_BYTES, MAX_HASH_BYTES, MAX_SIGNATURE_BYTES } from "./bounds.ts";
import { EMPTY } from "./bytes.ts";
import {
  type Codec,
  encode,
  enumeration,
  opaque,
  select,
  struct,
  type TypeOf,
  uint8,
  uint16,
  uint32,
  uint64,
} from "./codec.ts";
import { MLS_10 } from "./extension.ts";
import { contextBytes, type GroupContext } from "./group-context.ts";
import { refHash, signWithLabel, verifyWithLabel } from "./labels.ts";
import { commit, leafNumber, proposal } from "./proposal.ts";
import type { CipherSuite } from "./suite.ts";

/** The WireFormat of messages that carry a FramedContent; message.ts has all. */
export const messageFormat = enumeration(uint16, { mls_public_message: 1, mls_private_message: 2 });
export type MessageFormat = TypeOf<typeof messageFormat>;

export const contentType = enumeration(uint8, { application: 1, proposal: 2, commit: 3 });
export type ContentType = TypeOf<typeof contentType>;

export const sender = select("type", uint8, {
  member: [1, struct({ leafIndex: leafNumber })],
  external: [2, struct({ senderIndex: uint32 })],
  new_member_proposal: [3, struct({})],
  new_member_commit: [4, struct({})],
});
export type Sender = TypeOf<typeof sender>;

const contents = {
  application: struct({ data: opaque() }),
  proposal: struct({ proposal }),
  commit: struct({ commit }),
};
const content = select("type", uint8, {
  application: [1, contents.application],
  proposal: [2, contents.proposal],
  commit: [3, contents.commit],
});
export type Content = TypeOf<typeof content>;

/** The codec of the content alone, where its type is known from elsewhere (§6.3.1). */
export function contentOf(type: ContentType): Codec<Content> {
  const codec = contents[type];
  return {
    write: (writer, value) => (codec as Codec<object>).write(writer, value),
    read: (reader) => ({ type, ...codec.read(reader) }) as Content,
  };
}

export const framedContent = struct({
  groupId: opaque(MAX_GROUP_ID_BYTES),
  epoch: uint64,
  sender,
  authenticatedData: opaque(),
  content,
});
export type FramedContent = TypeOf<typeof framedContent>;

/** FramedContentAuthData */
export interface AuthData {
  readonly signature: Uint8Array;
  /** Present only for commits. */
  readonly confirmationTag: Uint8Array | undefined;
}
const signature = opaque(MAX_SIGNATURE_BYTES);
const mac = opaque(MAX_HASH_BYTES);
export const authData = (type: ContentType): Codec<AuthData> => ({
  write(writer, value) {
    signature.write(writer, value.signature);
    if (type === "commit") mac.write(writer, value.confirmationTag ?? EMPTY);
  },
  read: (reader) => ({
    signature: signature.read(reader),
    confirmationTag: type === "commit" ? mac.read(reader) : undefined,
  }),
});

export interface AuthenticatedContent {
  readonly wireFormat: MessageFormat;
  readonly content: FramedContent;
  readonly auth: AuthData;
}
export const authenticatedContent: Codec<AuthenticatedContent> = {
  write(writer, value) {
    messageFormat.write(writer, value.wireFormat);
    framedContent.write(writer, value.content);
    authData(value.content.content.type).write(writer, value.auth);
  },
  read(reader) {
    const format = messageFormat.read(reader);
    const framed = framedContent.read(reader);
    return { wireFormat: format, content: framed, auth: authData(framed.content.type).read(reader) };
  },
};

const tbs = struct({ version: uint16, wireFormat: messageFormat, content: framedContent });

/** FramedContentTBS (§6.1): senders who are in the group, or join it, also sign its context. */
export function framedContentTbs(
  format: MessageFormat,
  framed: FramedContent,
  context: GroupContext,
): Uint8Array {
  const bytes = encode(tbs, { version: MLS_10, wireFormat: format, content: framed });
  const bound = framed.sender.type === "member" || framed.sender.type === "new_member_commit";
  return bound ? Buffer.concat([bytes, contextBytes(context)]) : bytes;
}

export function signContent(
  suite: CipherSuite,
  privateKey: Uint8Array,
  format: MessageFormat,
  framed: FramedContent,
  context: GroupContext,
): Uint8Array {
  return signWithLabel(suite, privateKey, "FramedContentTBS", framedContentTbs(format, framed, context));
}

/**
 * Verifies a content's signature (§6.1).
 * @throws VerificationError
 */
export function verifyContent(
  suite: CipherSuite,
  publicKey: Uint8Array,
  message: AuthenticatedContent,
  context: GroupContext,
): void {
  const bytes = framedContentTbs(message.wireFormat, message.content, context);
  verifyWithLabel(suite, publicKey, "FramedContentTBS", bytes, message.auth.signature);
}

/** MakeProposalRef (§5.2) */
export function proposalRef(suite: CipherSuite, message: AuthenticatedContent): Uint8Array {
  return refHash(suite, "MLS 1.0 Proposal Reference", encode(authenticatedContent, message));
}
