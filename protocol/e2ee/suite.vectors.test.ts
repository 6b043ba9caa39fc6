/** Suite 1 held against the official vectors; test/vectors/README.mls.md tells their origin. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { decodeMlsMessage, type GroupContext } from "ts-mls";
import { encodeCommit } from "ts-mls/commit.js";
import { type CiphersuiteImpl, getCiphersuiteFromName } from "ts-mls/crypto/ciphersuite.js";
import { refhash } from "ts-mls/crypto/hash.js";
import { decryptWithLabel, encryptWithLabel } from "ts-mls/crypto/hpke.js";
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js";
import { signWithLabel, verifyWithLabel } from "ts-mls/crypto/signature.js";
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef, verifyKeyPackage } from "ts-mls/keyPackage.js";
import { defaultKeyRetentionConfig } from "ts-mls/keyRetentionConfig.js";
import { protectApplicationData, unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { defaultPaddingConfig } from "ts-mls/paddingConfig.js";
import { encodeProposal } from "ts-mls/proposal.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { nodeCryptoProvider } from "./suite.ts";

const NAME = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";
const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const suite1 = () => nodeCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(NAME));

/** @returns the entry for suite 1. Our own files: their shape is taken on trust. */
function vector<Shape>(file: string): Shape {
  const text = readFileSync(new URL(`../../test/vectors/${file}`, import.meta.url), "utf8");
  const all = JSON.parse(text) as (Shape & { cipher_suite: number })[];
  const found = all.find((entry) => entry.cipher_suite === 1);
  assert(found);
  return found;
}

describe("MLS vectors: crypto-basics", () => {
  type Names<Name extends string> = Record<Name, string>;
  const basics = vector<{
    ref_hash: Names<"label" | "value" | "out">;
    expand_with_label: Names<"secret" | "label" | "context" | "out"> & { length: number };
    derive_secret: Names<"secret" | "label" | "out">;
    derive_tree_secret: Names<"secret" | "label" | "out"> & { generation: number; length: number };
    sign_with_label: Names<"priv" | "pub" | "content" | "label" | "signature">;
    encrypt_with_label: Names<
      "priv" | "pub" | "label" | "context" | "plaintext" | "kem_output" | "ciphertext"
    >;
  }>("mls-crypto-basics.json");
  let suite: CiphersuiteImpl;
  before(async () => {
    suite = await suite1();
  });
  const same = (actual: Uint8Array, expected: string) =>
    assert.equal(Buffer.from(actual).toString("hex"), expected);

  it("RefHash", async () => {
    const { label, value, out } = basics.ref_hash;
    same(await refhash(label, hex(value), suite.hash), out);
  });

  it("ExpandWithLabel", async () => {
    const { secret, label, context, length, out } = basics.expand_with_label;
    same(await expandWithLabel(hex(secret), label, hex(context), length, suite.kdf), out);
  });

  it("DeriveSecret", async () => {
    const { secret, label, out } = basics.derive_secret;
    same(await deriveSecret(hex(secret), label, suite.kdf), out);
  });

  it("DeriveTreeSecret", async () => {
    const { secret, label, generation, length, out } = basics.derive_tree_secret;
    same(await deriveTreeSecret(hex(secret), label, generation, length, suite.kdf), out);
  });

  it("SignWithLabel", async () => {
    const { priv, pub, content, label, signature } = basics.sign_with_label;
    assert(await verifyWithLabel(hex(pub), label, hex(content), hex(signature), suite.signature));
    same(await signWithLabel(hex(priv), label, hex(content), suite.signature), signature); // Ed25519 has no randomness
    assert(!(await verifyWithLabel(hex(pub), `${label}.`, hex(content), hex(signature), suite.signature)));
  });

  it("EncryptWithLabel", async () => {
    const { priv, pub, label, context, plaintext, kem_output, ciphertext } = basics.encrypt_with_label;
    const key = await suite.hpke.importPrivateKey(hex(priv));
    const opened = await decryptWithLabel(
      key,
      label,
      hex(context),
      hex(kem_output),
      hex(ciphertext),
      suite.hpke,
    );
    same(opened, plaintext);
    const publicKey = await suite.hpke.importPublicKey(hex(pub));
    const ours = await encryptWithLabel(publicKey, label, hex(context), hex(plaintext), suite.hpke);
    same(await decryptWithLabel(key, label, hex(context), ours.enc, ours.ct, suite.hpke), plaintext);
  });
});

describe("MLS vectors: message-protection", () => {
  type Keys =
    | "signature_priv"
    | "signature_pub"
    | "encryption_secret"
    | "sender_data_secret"
    | "membership_key";
  type Hashes = "group_id" | "tree_hash" | "confirmed_transcript_hash";
  type Contents = "application" | "proposal" | "commit";
  type Messages = "application_priv" | "proposal_priv" | "proposal_pub" | "commit_priv" | "commit_pub";
  const data = vector<Record<Keys | Hashes | Contents | Messages, string> & { epoch: number }>(
    "mls-message-protection.json",
  );
  const context: GroupContext = {
    version: "mls10",
    cipherSuite: NAME,
    groupId: hex(data.group_id),
    epoch: BigInt(data.epoch),
    treeHash: hex(data.tree_hash),
    confirmedTranscriptHash: hex(data.confirmed_transcript_hash),
    extensions: [],
  };
  let suite: CiphersuiteImpl;
  before(async () => {
    suite = await suite1();
  });

  async function openPrivate(sealed: string) {
    const message = decodeMlsMessage(hex(sealed), 0)?.[0];
    assert(message?.wireformat === "mls_private_message");
    return openMessage(message.privateMessage);
  }
  async function openMessage(message: Parameters<typeof unprotectPrivateMessage>[1]) {
    const tree = await createSecretTree(2, hex(data.encryption_secret), suite.kdf);
    const key = hex(data.signature_pub);
    const secret = hex(data.sender_data_secret);
    const retention = defaultKeyRetentionConfig;
    const opened = await unprotectPrivateMessage(secret, message, tree, [], context, retention, suite, key);
    return opened.content.content;
  }
  async function openPublic(message: string) {
    const decoded = decodeMlsMessage(hex(message), 0)?.[0];
    assert(decoded?.wireformat === "mls_public_message");
    const [membershipKey, key] = [hex(data.membership_key), hex(data.signature_pub)];
    const opened = await unprotectPublicMessage(
      membershipKey,
      context,
      [],
      decoded.publicMessage,
      suite,
      key,
    );
    return opened.content;
  }

  it("application data as PrivateMessage, both ways", async () => {
    const content = await openPrivate(data.application_priv);
    assert(content.contentType === "application");
    assert.deepEqual(content.applicationData, hex(data.application));
    const ours = await protectApplicationData(
      hex(data.signature_priv),
      hex(data.sender_data_secret),
      hex(data.application),
      new Uint8Array(),
      context,
      await createSecretTree(2, hex(data.encryption_secret), suite.kdf),
      1,
      defaultPaddingConfig,
      suite,
    );
    const back = await openMessage(ours.privateMessage);
    assert(back.contentType === "application");
    assert.deepEqual(new Uint8Array(back.applicationData), hex(data.application));
  });

  it("proposal as PrivateMessage and PublicMessage", async () => {
    for (const content of [await openPrivate(data.proposal_priv), await openPublic(data.proposal_pub)]) {
      assert(content.contentType === "proposal");
      assert.deepEqual(encodeProposal(content.proposal), hex(data.proposal));
    }
  });

  it("commit as PrivateMessage and PublicMessage", async () => {
    for (const content of [await openPrivate(data.commit_priv), await openPublic(data.commit_pub)]) {
      assert(content.contentType === "commit");
      assert.deepEqual(encodeCommit(content.commit), hex(data.commit));
    }
  });
});

describe("MLS vectors: welcome", () => {
  it("the secrets open, GroupInfo's signature and confirmation tag hold", async () => {
    const suite = await suite1();
    const data =
      vector<Record<"init_priv" | "key_package" | "signer_pub" | "welcome", string>>("mls-welcome.json");
    const welcome = decodeMlsMessage(hex(data.welcome), 0)?.[0];
    assert(welcome?.wireformat === "mls_welcome");
    const keyPackage = decodeMlsMessage(hex(data.key_package), 0)?.[0];
    assert(keyPackage?.wireformat === "mls_key_package");
    assert(await verifyKeyPackage(keyPackage.keyPackage, suite.signature));
    const reference = await makeKeyPackageRef(keyPackage.keyPackage, suite.hash);
    const initKey = await suite.hpke.importPrivateKey(hex(data.init_priv));
    const secrets = await decryptGroupSecrets(initKey, reference, welcome.welcome, suite.hpke);
    assert(secrets);
    const noPsk = new Uint8Array(suite.kdf.size);
    const info = await decryptGroupInfo(welcome.welcome, secrets.joinerSecret, noPsk, suite);
    assert(info);
    assert(await verifyGroupInfoSignature(info, hex(data.signer_pub), suite.signature));
    assert(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, suite));
  });
});
