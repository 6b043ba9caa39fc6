/**
 * Rewrites test/vectors/mls-parley.json: our suite's messages and stored parts. Only when a format changes on
 * purpose: `node test/mls/freeze.ts`.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { exportSecret, seal } from "../../protocol/mls/application.ts";
import { ascii } from "../../protocol/mls/bytes.ts";
import { createCommit } from "../../protocol/mls/commit.ts";
import { joinExternally } from "../../protocol/mls/external-commit.ts";
import { createGroup } from "../../protocol/mls/group.ts";
import { exportGroupInfo } from "../../protocol/mls/group-info.ts";
import { joinByWelcome } from "../../protocol/mls/join.ts";
import { add, client, packageOf, ROOM_STATE } from "../../protocol/mls/members-fixture.ts";
import { encodeMessage } from "../../protocol/mls/message.ts";
import { receive } from "../../protocol/mls/receive.ts";
import { storedChanges } from "../../protocol/mls/store.ts";
import {
  type CipherSuite,
  cipherSuites,
  MLS_256_XWING_AES256GCM_SHA512_Ed25519,
} from "../../protocol/mls/suite.ts";
import { hexOf } from "../../protocol/mls/vectors-fixture.ts";

const suite = cipherSuites().get(MLS_256_XWING_AES256GCM_SHA512_Ed25519) as CipherSuite;
const [alice, carol] = [client("alice", suite), client("carol", suite)];
const bob = packageOf(client("bob", suite));
const extensions = [{ type: ROOM_STATE, data: ascii("a room's state") }];
const made = createCommit(
  createGroup(suite, ascii("frozen"), packageOf(alice), extensions),
  { proposals: [add(bob)] },
  {},
);
const data = ascii("hello, bob");
const skipped = seal(made.next, ascii("lost on the way"));
const said = seal(skipped.next, data, { authenticatedData: ascii("an id"), padding: 20 });
const update = createCommit(said.next, {}, {});
const groupInfo = exportGroupInfo(update.next, { externalPub: true, tree: true });
const joined = joinExternally(suite, { ...carol, groupInfo }, {});

assert(made.welcome);
let view = joinByWelcome(suite, made.welcome, bob, {});
const authenticators = [hexOf(view.secrets.epochAuthenticator)];
for (const message of [said.message, update.message, joined.message]) {
  const received = receive(view, message, {});
  assert(received.type === "application" || received.type === "commit");
  view = received.next;
  if (received.type === "commit") authenticators.push(hexOf(view.secrets.epochAuthenticator));
}
const { keyPackage, ...secrets } = bob;
const vector = {
  cipher_suite: suite.number,
  key_package: hexOf(encodeMessage({ wireFormat: "mls_key_package", keyPackage })),
  ...Object.fromEntries(Object.entries(secrets).map(([name, key]) => [name, hexOf(key)])),
  welcome: hexOf(made.welcome),
  private_message: hexOf(said.message),
  data: hexOf(data),
  commit: hexOf(update.message),
  group_info: hexOf(groupInfo),
  external_commit: hexOf(joined.message),
  epoch_authenticators: authenticators,
  exported: hexOf(exportSecret(view, "frozen", ascii("context"), 48)),
  parts: Object.fromEntries(
    [...storedChanges(undefined, view).put].map(([name, part]) => [name, hexOf(part)]),
  ),
};
writeFileSync("test/vectors/mls-parley.json", `${JSON.stringify(vector, null, 1)}\n`);
