import assert from "node:assert/strict";
import {
  cipherSuites,
  MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
  MLS_256_XWING_AES256GCM_SHA512_Ed25519,
} from "../../protocol/mls/suite.ts";
import { theirSuite } from "../../protocol/mls/ts-mls-fixture.ts";
import { runHistory } from "./history.ts";

describe("MLS: random histories with members of ts-mls in the same group", function () {
  this.timeout(300_000);
  for (const [number, seeds, commits, most] of [
    [MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, [1, 2, 3, 4, 5, 6], 30, 9],
    [MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, [7], 20, 30],
    [MLS_256_XWING_AES256GCM_SHA512_Ed25519, [8, 9], 25, 8],
  ] as const)
    for (const seed of seeds)
      it(`suite ${number.toString(16)}, seed ${seed}: ${commits} commits, up to ${most} members`, async () => {
        const suite = cipherSuites().get(number);
        assert(suite);
        const counts = await runHistory({ seed, commits, most, suite, impl: await theirSuite(suite) });
        assert(counts.tsMlsMembers > 0 && counts.byTsMls > 0, JSON.stringify(counts));
      });
});
