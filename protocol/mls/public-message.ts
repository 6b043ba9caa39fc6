/** PublicMessage (RFC 9420 §6.2): signed, with a membership tag if a member sent it, and not encrypted. */
import { MAX_HASH_BYTES } from "./bounds.ts";
import { type Codec, encode, opaque } from "./codec.ts";
import { ValidationError, VerificationError } from "./errors.ts";
import {
  type AuthData,
  type AuthenticatedContent,
  authData,
  type FramedContent,
  framedContent,
  framedContentTbs,
} from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import type { CipherSuite } from "./suite.ts";

export interface PublicMessage {
  readonly content: FramedContent;
  readonly auth: AuthData;
  /** Present only if a member sent the message. */
  readonly membershipTag: Uint8Array | undefined;
}

const mac = opaque(MAX_HASH_BYTES);
export const publicMessage: Codec<PublicMessage> = {
  write(writer, { content, auth, membershipTag }) {
    framedContent.write(writer, content);
    authData(content.content.type).write(writer, auth);
    if (membershipTag !== undefined) mac.write(writer, membershipTag);
  },
  read(reader) {
    const content = framedContent.read(reader);
    const auth = authData(content.content.type).read(reader);
    return { content, auth, membershipTag: content.sender.type === "member" ? mac.read(reader) : undefined };
  },
};

/** AuthenticatedContentTBM */
function taggedBytes({ content, auth }: Omit<AuthenticatedContent, "wireFormat">, context: GroupContext) {
  return [
    framedContentTbs("mls_public_message", content, context),
    encode(authData(content.content.type), auth),
  ];
}

export function protectPublic(
  suite: CipherSuite,
  membershipKey: Uint8Array,
  message: Pick<AuthenticatedContent, "content" | "auth">,
  context: GroupContext,
): PublicMessage {
  const { content, auth } = message;
  const tagged = content.sender.type === "member";
  const membershipTag = tagged ? suite.kdf.mac(membershipKey, ...taggedBytes(message, context)) : undefined;
  return { content, auth, membershipTag };
}

/**
 * Checks the membership tag; the caller still has to check the signature.
 * @throws VerificationError, ValidationError
 */
export function unprotectPublic(
  suite: CipherSuite,
  membershipKey: Uint8Array,
  message: PublicMessage,
  context: GroupContext,
): AuthenticatedContent {
  const { content, auth, membershipTag } = message;
  if (content.content.type === "application")
    throw new ValidationError("§6", "Application data as a PublicMessage");
  if (
    membershipTag !== undefined &&
    !suite.kdf.verifyMac(membershipKey, membershipTag, ...taggedBytes(message, context))
  )
    throw new VerificationError("§6.2", "The membership tag does not verify");
  return { wireFormat: "mls_public_message", content, auth };
}
