/** Groups made by other implementations: we join by their Welcomes and follow their commits. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { EMPTY } from "./bytes.ts";
import type { Codec } from "./codec.ts";
import { decode, encode } from "./codec.ts";
import { contextBytes } from "./group-context.ts";
import { joinByWelcome } from "./join.ts";
import { epochSecrets, welcomeKey, welcomeSecret } from "./key-schedule.ts";
import { decryptWithLabel } from "./labels.ts";
import { validateKeyPackage } from "./leaf-validation.ts";
import { decodeAs, decodeMessage, encodeMessage } from "./message.ts";
import type { Policy } from "./policy.ts";
import { commit, proposal } from "./proposal.ts";
import { receive } from "./receive.ts";
import { confirmationTag } from "./transcript-hash.ts";
import { ratchetTree } from "./tree-codec.ts";
import { hex, hexOf, same, suiteVectors, vectors } from "./vectors-fixture.ts";
import { groupInfo, groupSecrets, verifyGroupInfo } from "./welcome-message.ts";

const KINDS = ["passive-client-welcome", "passive-client-handling-commit", "passive-client-random"];
for (const kind of KINDS) {
  const file = `mls/${kind}.json`;
  if (!existsSync(new URL(`../../test/vectors/${file}`, import.meta.url))) continue;
  describe(`MLS vectors: ${kind}`, () => {
    type Secret = "signature_priv" | "encryption_priv" | "init_priv";
    interface Vector
      extends Record<Secret | "key_package" | "welcome" | "initial_epoch_authenticator", string> {
      external_psks: { psk_id: string; psk: string }[];
      ratchet_tree: string | null;
      epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[];
    }
    for (const [i, { suite, vector }] of suiteVectors<Vector>(file).entries())
      it(`suite ${suite.number}, client ${i}: ${vector.epochs.length} epochs`, () => {
        const policy: Policy = {
          psk: ({ psk }) => {
            if (psk.type !== "external") return undefined;
            const found = vector.external_psks.find(({ psk_id }) => psk_id === hexOf(psk.id));
            return found && hex(found.psk);
          },
        };
        const own = {
          keyPackage: decodeAs("mls_key_package", hex(vector.key_package)).keyPackage,
          initPrivateKey: hex(vector.init_priv),
          encryptionPrivateKey: hex(vector.encryption_priv),
          signaturePrivateKey: hex(vector.signature_priv),
        };
        validateKeyPackage(suite, own.keyPackage, []);
        const tree = vector.ratchet_tree === null ? undefined : decode(ratchetTree, hex(vector.ratchet_tree));
        let group = joinByWelcome(suite, hex(vector.welcome), own, policy, tree);
        same(group.secrets.epochAuthenticator, vector.initial_epoch_authenticator);
        for (const epoch of vector.epochs) {
          for (const message of epoch.proposals) {
            const received = receive(group, hex(message), policy);
            assert(received.type === "proposal");
            group = received.next;
          }
          const received = receive(group, hex(epoch.commit), policy);
          assert(received.type === "commit");
          group = received.next;
          same(group.secrets.epochAuthenticator, epoch.epoch_authenticator);
        }
      });
  });
}

for (const file of ["mls-welcome.json", "mls/welcome.json"])
  describe(`MLS vectors: ${file}`, () => {
    type Vector = Record<"init_priv" | "key_package" | "signer_pub" | "welcome", string>;
    for (const { suite, vector } of suiteVectors<Vector>(file))
      it(`suite ${suite.number}: decrypts the secrets, and verifies signature and confirmation tag`, () => {
        const { welcome } = decodeAs("mls_welcome", hex(vector.welcome));
        const given = decodeAs("mls_key_package", hex(vector.key_package)).keyPackage;
        const [entry] = welcome.secrets;
        assert(entry && given.cipherSuite === suite.number);
        const context = welcome.encryptedGroupInfo;
        const sealed = entry.encryptedGroupSecrets;
        const opened = decryptWithLabel(suite, hex(vector.init_priv), "Welcome", context, sealed);
        const { joinerSecret } = decode(groupSecrets, opened);
        const psk = new Uint8Array(suite.kdf.bytes);
        const { key, nonce } = welcomeKey(suite, welcomeSecret(suite, joinerSecret, psk));
        const info = decode(groupInfo, suite.aead.open(key, nonce, EMPTY, welcome.encryptedGroupInfo));
        verifyGroupInfo(suite, hex(vector.signer_pub), info);
        const { groupContext } = info;
        const secrets = epochSecrets(suite, joinerSecret, psk, contextBytes(groupContext));
        const tag = confirmationTag(suite, secrets.confirmationKey, groupContext.confirmedTranscriptHash);
        assert.deepEqual(tag, info.confirmationTag);
      });
  });

describe("MLS vectors: messages", () => {
  const messages: readonly string[] = [
    "mls_welcome",
    "mls_group_info",
    "mls_key_package",
    "public_message_application",
    "public_message_proposal",
    "public_message_commit",
    "private_message",
  ];
  const proposals: Readonly<Record<string, string>> = {
    add_proposal: "add",
    update_proposal: "update",
    remove_proposal: "remove",
    pre_shared_key_proposal: "psk",
    re_init_proposal: "reinit",
    external_init_proposal: "external_init",
    group_context_extensions_proposal: "group_context_extensions",
  };
  for (const [i, vector] of vectors<Record<string, string>>("mls/messages.json").entries())
    it(`set ${i}: reads each message, and writes it again unchanged`, () => {
      for (const name of messages) {
        const bytes = hex(vector[name] ?? "");
        assert.deepEqual(encodeMessage(decodeMessage(bytes)), bytes, name);
      }
      const again = <T>(name: string, codec: Codec<T>) => {
        const value = decode(codec, hex(vector[name] ?? ""));
        same(encode(codec, value), vector[name] ?? "");
        return value;
      };
      again("ratchet_tree", ratchetTree);
      again("group_secrets", groupSecrets);
      again("commit", commit);
      // Their members are the proposal's content alone, without its type.
      for (const [name, type] of Object.entries(proposals)) {
        const number = Object.keys(proposals).indexOf(name) + 1;
        const bytes = hex(`000${number}${vector[name]}`);
        const value = decode(proposal, bytes);
        assert.equal(value.type, type);
        assert.deepEqual(encode(proposal, value), bytes);
      }
    });
});
