/**
 * Our own suite's bytes as they are on wires and disks: any change fails here. Written by test/mls/freeze.ts.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { exportSecret } from "./application.ts";
import { ascii } from "./bytes.ts";
import { joinExternally } from "./external-commit.ts";
import { joinByWelcome } from "./join.ts";
import { validateKeyPackage } from "./leaf-validation.ts";
import { client } from "./members-fixture.ts";
import { decodeAs, decodeMessage, encodeMessage } from "./message.ts";
import { portableMlKem } from "./ml-kem.ts";
import { receive } from "./receive.ts";
import { restoreGroup } from "./restore.ts";
import { storedChanges } from "./store.ts";
import { type CipherSuite, cipherSuites } from "./suite.ts";
import { hex, hexOf, same } from "./vectors-fixture.ts";
import { xWing, xWingOn } from "./x-wing.ts";

type Text =
  | "key_package"
  | "initPrivateKey"
  | "encryptionPrivateKey"
  | "signaturePrivateKey"
  | "welcome"
  | "private_message"
  | "data"
  | "commit"
  | "group_info"
  | "external_commit"
  | "exported";
type Vector = Record<Text, string> & {
  cipher_suite: number;
  epoch_authenticators: string[];
  parts: Record<string, string>;
};
const frozen: Vector = JSON.parse(
  readFileSync(new URL("../../test/vectors/mls-parley.json", import.meta.url), "utf8"),
);

for (const [how, kem] of [
  ["on this machine's ML-KEM", xWing],
  ["in plain JavaScript", xWingOn(portableMlKem)],
] as const)
  describe(`MLS frozen vectors ${how}`, () => {
    const suites = cipherSuites(kem);
    const suite = suites.get(frozen.cipher_suite) as CipherSuite;
    const own = {
      keyPackage: decodeAs("mls_key_package", hex(frozen.key_package)).keyPackage,
      initPrivateKey: hex(frozen.initPrivateKey),
      encryptionPrivateKey: hex(frozen.encryptionPrivateKey),
      signaturePrivateKey: hex(frozen.signaturePrivateKey),
    };

    it("have the suite's number, and a valid KeyPackage", () => {
      assert.equal(frozen.cipher_suite, 0xf5c1);
      validateKeyPackage(suite, own.keyPackage, []);
    });

    it("have messages that are read, and written again unchanged", () => {
      for (const name of [
        "key_package",
        "welcome",
        "private_message",
        "commit",
        "group_info",
        "external_commit",
      ] as const)
        same(encodeMessage(decodeMessage(hex(frozen[name]))), frozen[name]);
    });

    it("have a group that is joined, and followed to the same secrets and stored parts", () => {
      let group = joinByWelcome(suite, hex(frozen.welcome), own, {});
      const [first, ...later] = frozen.epoch_authenticators;
      same(group.secrets.epochAuthenticator, first ?? "");
      const said = receive(group, hex(frozen.private_message), {});
      assert(said.type === "application");
      same(said.data, frozen.data);
      assert.deepEqual(said.authenticatedData, ascii("an id"));
      group = said.next;
      for (const [i, message] of [frozen.commit, frozen.external_commit].entries()) {
        const received = receive(group, hex(message), {});
        assert(received.type === "commit");
        group = received.next;
        same(group.secrets.epochAuthenticator, later[i] ?? "");
      }
      same(exportSecret(group, "frozen", ascii("context"), 48), frozen.exported);
      const parts = [...storedChanges(undefined, group).put].map(([name, part]) => [name, hexOf(part)]);
      assert.deepEqual(Object.fromEntries(parts), frozen.parts);
    });

    it("have stored parts that restore a group", () => {
      const parts = new Map(Object.entries(frozen.parts).map(([name, part]) => [name, hex(part)]));
      const group = restoreGroup(suites, parts);
      same(exportSecret(group, "frozen", ascii("context"), 48), frozen.exported);
    });

    it("have a GroupInfo that can be joined", () => {
      joinExternally(suite, { ...client("dave", suite), groupInfo: hex(frozen.group_info) }, {});
    });
  });
