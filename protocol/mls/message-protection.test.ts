import assert from "node:assert/strict";
import { Writer } from "./byte-stream.ts";
import { decode, encode } from "./codec.ts";
import { CodecError, MlsError, UnavailableError, ValidationError, VerificationError } from "./errors.ts";
import {
  authData,
  authenticatedContent,
  type Content,
  contentOf,
  type FramedContent,
  signContent,
  verifyContent,
} from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import { keyAndNonce } from "./labels.ts";
import { decodeAs } from "./message.ts";
import {
  contentAad,
  type EpochKeys,
  protectPrivate,
  senderData,
  senderDataAad,
  unprotectPrivate,
} from "./private-message.ts";
import { commit, proposal } from "./proposal.ts";
import { protectPublic, unprotectPublic } from "./public-message.ts";
import { nextKey, secretTree } from "./secret-tree.ts";
import { confirmationTag, confirmedTranscriptHash, interimTranscriptHash } from "./transcript-hash.ts";
import { leafIndex } from "./tree-math.ts";
import { hex, hexOf, same, suiteVectors } from "./vectors-fixture.ts";

type Name =
  | "group_id"
  | "tree_hash"
  | "confirmed_transcript_hash"
  | "signature_priv"
  | "signature_pub"
  | "encryption_secret"
  | "sender_data_secret"
  | "membership_key"
  | "proposal"
  | "proposal_priv"
  | "proposal_pub"
  | "commit"
  | "commit_priv"
  | "commit_pub"
  | "application"
  | "application_priv";
type Vector = Record<Name, string> & { epoch: number };

for (const file of ["mls-message-protection.json", "mls/message-protection.json"])
  for (const { suite, vector } of suiteVectors<Vector>(file))
    describe(`MLS vectors: ${file}, suite ${suite.number}`, () => {
      const context: GroupContext = {
        version: 1,
        cipherSuite: suite.number,
        groupId: hex(vector.group_id),
        epoch: BigInt(vector.epoch),
        treeHash: hex(vector.tree_hash),
        confirmedTranscriptHash: hex(vector.confirmed_transcript_hash),
        extensions: [],
      };
      const publicKey = hex(vector.signature_pub);
      const keys = (): EpochKeys => ({
        context,
        senderDataSecret: hex(vector.sender_data_secret),
        secretTree: secretTree(2, hex(vector.encryption_secret)),
        signatureKeys: [undefined, publicKey],
      });
      const openPrivate = (sealed: Uint8Array) =>
        unprotectPrivate(suite, keys(), decodeAs("mls_private_message", sealed).privateMessage).content;
      const openPublic = (sealed: Uint8Array) => {
        const { publicMessage } = decodeAs("mls_public_message", sealed);
        const opened = unprotectPublic(suite, hex(vector.membership_key), publicMessage, context);
        verifyContent(suite, publicKey, opened, context);
        return opened;
      };
      const expected: readonly [Content["type"], Content][] = [
        ["application", { type: "application", data: hex(vector.application) }],
        ["proposal", { type: "proposal", proposal: decode(proposal, hex(vector.proposal)) }],
        ["commit", { type: "commit", commit: decode(commit, hex(vector.commit)) }],
      ];
      const framed = (content: Content): FramedContent => ({
        groupId: context.groupId,
        epoch: context.epoch,
        sender: { type: "member", leafIndex: leafIndex(1) },
        authenticatedData: hex("0102"),
        content,
      });
      const signed = (content: Content, format: "mls_public_message" | "mls_private_message") => ({
        content: framed(content),
        auth: {
          signature: signContent(suite, hex(vector.signature_priv), format, framed(content), context),
          confirmationTag: content.type === "commit" ? new Uint8Array(suite.kdf.bytes) : undefined,
        },
      });

      for (const [type, content] of expected) {
        it(`${type} as PrivateMessage: opens the vector's and our own`, () => {
          assert.deepEqual(openPrivate(hex(vector[`${type}_priv`])).content.content, content);
          const ours = protectPrivate(suite, keys(), leafIndex(1), signed(content, "mls_private_message"), 7);
          const opened = unprotectPrivate(suite, keys(), ours.message);
          assert.deepEqual(opened.content.content, framed(content));
          assert.throws(
            () => unprotectPrivate(suite, { ...keys(), secretTree: opened.used.tree }, ours.message),
            UnavailableError,
            "a second time it does not",
          );
        });
        if (type === "application") continue;
        it(`${type} as PublicMessage: opens the vector's and our own`, () => {
          assert.deepEqual(openPublic(hex(vector[`${type}_pub`])).content.content, content);
          const message = signed(content, "mls_public_message");
          const ours = protectPublic(suite, hex(vector.membership_key), message, context);
          const opened = unprotectPublic(suite, hex(vector.membership_key), ours, context);
          assert.deepEqual(opened.content, framed(content));
          assert.throws(
            () => unprotectPublic(suite, hex(vector.proposal), ours, context),
            VerificationError,
            "with another membership key it does not",
          );
        });
      }

      it("refuses a PrivateMessage with any byte changed", () => {
        const sealed = hex(vector.application_priv);
        for (let at = 0; at < sealed.length; at++) {
          const damaged = sealed.slice();
          damaged[at] = (damaged[at] ?? 0) ^ 0x41;
          assert.throws(() => openPrivate(damaged), MlsError, `byte ${at}`);
        }
      });

      it("refuses padding that is not zero", () => {
        const message = signed({ type: "application", data: hex("01") }, "mls_private_message");
        // Signed with the leaf's real key, so that only the padding can be refused; it is checked first.
        const [clean, dirty] = [new Writer(), new Writer()];
        for (const writer of [clean, dirty]) {
          contentOf("application").write(writer, message.content.content);
          authData("application").write(writer, message.auth);
          writer.bytes(writer === clean ? hex("0000") : hex("0001"));
        }
        assert.deepEqual(resealed(clean.finish()).content.content, message.content.content);
        assert.throws(() => resealed(dirty.finish()), CodecError);
      });

      /** Seals any plaintext instead of a message's, as an insider could, and opens it. */
      function resealed(plaintext: Uint8Array) {
        const { context: bound, senderDataSecret, secretTree: tree } = keys();
        const { key, nonce, generation } = nextKey(suite, tree, leafIndex(1), "application");
        const [groupId, epoch] = [bound.groupId, bound.epoch];
        const head = { groupId, epoch, contentType: "application", authenticatedData: hex("0102") } as const;
        const ciphertext = suite.aead.seal(key, nonce, encode(contentAad, head), plaintext);
        const data = keyAndNonce(suite, senderDataSecret, ciphertext.subarray(0, suite.kdf.bytes));
        const sender = encode(senderData, {
          leafIndex: leafIndex(1),
          generation,
          reuseGuard: new Uint8Array(4),
        });
        const encryptedSenderData = suite.aead.seal(
          data.key,
          data.nonce,
          encode(senderDataAad, head),
          sender,
        );
        return unprotectPrivate(suite, keys(), { ...head, encryptedSenderData, ciphertext }).content;
      }

      it("refuses application data as a PublicMessage", () => {
        const message = signed({ type: "application", data: hex("01") }, "mls_public_message");
        const open = protectPublic(suite, hex(vector.membership_key), message, context);
        const unprotect = () => unprotectPublic(suite, hex(vector.membership_key), open, context);
        assert.throws(unprotect, ValidationError);
      });
    });

describe("MLS vectors: transcript-hashes", () => {
  type Hashes =
    | "confirmation_key"
    | "authenticated_content"
    | "interim_transcript_hash_before"
    | "confirmed_transcript_hash_after"
    | "interim_transcript_hash_after";
  for (const { suite, vector } of suiteVectors<Record<Hashes, string>>("mls/transcript-hashes.json"))
    it(`suite ${suite.number}`, () => {
      const content = decode(authenticatedContent, hex(vector.authenticated_content));
      same(encode(authenticatedContent, content), vector.authenticated_content);
      const before = hex(vector.interim_transcript_hash_before);
      const confirmed = confirmedTranscriptHash(suite, before, content);
      same(confirmed, vector.confirmed_transcript_hash_after);
      const tag = confirmationTag(suite, hex(vector.confirmation_key), confirmed);
      same(tag, hexOf(content.auth.confirmationTag ?? hex("")));
      same(interimTranscriptHash(suite, confirmed, tag), vector.interim_transcript_hash_after);
    });
});
