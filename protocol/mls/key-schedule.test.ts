import assert from "node:assert/strict";
import { wipe } from "./bytes.ts";
import { encode } from "./codec.ts";
import { mlsExporter } from "./exporter.ts";
import { groupContext } from "./group-context.ts";
import { epochSecrets, externalKeyPair, joinerSecret, welcomeSecret } from "./key-schedule.ts";
import { pskSecret } from "./psk.ts";
import { hex, same, suiteVectors } from "./vectors-fixture.ts";

describe("MLS vectors: key-schedule", () => {
  type Inputs = "tree_hash" | "commit_secret" | "psk_secret" | "confirmed_transcript_hash";
  type Outputs =
    | "sender_data_secret"
    | "encryption_secret"
    | "exporter_secret"
    | "external_secret"
    | "confirmation_key"
    | "membership_key"
    | "resumption_psk"
    | "epoch_authenticator"
    | "init_secret";
  interface Epoch extends Record<Inputs | Outputs, string> {
    group_context: string;
    joiner_secret: string;
    welcome_secret: string;
    external_pub: string;
    exporter: { label: string; context: string; length: number; secret: string };
  }
  interface Vector {
    group_id: string;
    initial_init_secret: string;
    epochs: Epoch[];
  }
  for (const { suite, vector } of suiteVectors<Vector>("mls/key-schedule.json"))
    it(`suite ${suite.number}: ${vector.epochs.length} epochs`, () => {
      let init = hex(vector.initial_init_secret);
      for (const [epoch, data] of vector.epochs.entries()) {
        const context = encode(groupContext, {
          version: 1,
          cipherSuite: suite.number,
          groupId: hex(vector.group_id),
          epoch: BigInt(epoch),
          treeHash: hex(data.tree_hash),
          confirmedTranscriptHash: hex(data.confirmed_transcript_hash),
          extensions: [],
        });
        same(context, data.group_context);
        const joiner = joinerSecret(suite, init, hex(data.commit_secret), context);
        same(joiner, data.joiner_secret);
        const psk = hex(data.psk_secret);
        same(welcomeSecret(suite, joiner, psk), data.welcome_secret);
        const secrets = epochSecrets(suite, joiner, psk, context);
        same(secrets.senderDataSecret, data.sender_data_secret);
        same(secrets.encryptionSecret, data.encryption_secret);
        same(secrets.exporterSecret, data.exporter_secret);
        same(secrets.externalSecret, data.external_secret);
        same(secrets.confirmationKey, data.confirmation_key);
        same(secrets.membershipKey, data.membership_key);
        same(secrets.resumptionPsk, data.resumption_psk);
        same(secrets.epochAuthenticator, data.epoch_authenticator);
        same(secrets.initSecret, data.init_secret);
        same(externalKeyPair(suite, secrets.externalSecret).publicKey, data.external_pub);
        const { label, context: exported, length, secret } = data.exporter;
        same(mlsExporter(suite, secrets.exporterSecret, label, hex(exported), length), secret);
        init = secrets.initSecret;
      }
    });
});

describe("MLS vectors: psk_secret", () => {
  interface Vector {
    psks: Record<"psk_id" | "psk" | "psk_nonce", string>[];
    psk_secret: string;
  }
  for (const { suite, vector } of suiteVectors<Vector>("mls/psk_secret.json"))
    it(`suite ${suite.number}: ${vector.psks.length} PSKs`, () => {
      const psks = vector.psks.map(({ psk_id, psk, psk_nonce }) => ({
        id: { psk: { type: "external", id: hex(psk_id) }, nonce: hex(psk_nonce) } as const,
        secret: hex(psk),
      }));
      same(pskSecret(suite, psks), vector.psk_secret);
    });
});

it("wipe() overwrites in place", () => {
  const secret = hex("010203");
  wipe(secret);
  assert.deepEqual(secret, new Uint8Array(3));
});
