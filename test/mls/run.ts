/**
 * Random histories, as many as wanted: `npm run histories -- --commits 10000 --seed 1`. Each depends only on
 * its seed, which is printed.
 */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import {
  cipherSuites,
  MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
  MLS_256_XWING_AES256GCM_SHA512_Ed25519,
} from "../../protocol/mls/suite.ts";
import { theirSuite } from "../../protocol/mls/ts-mls-fixture.ts";
import { Random } from "../torture/random.ts";
import { runHistory } from "./history.ts";

const { values } = parseArgs({
  options: { commits: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const total = new Map<string, number>();
for (let seed = Number(values.seed); (total.get("commits") ?? 0) < Number(values.commits); seed++) {
  const random = new Random(seed);
  const number =
    random.next() < 0.7
      ? MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
      : MLS_256_XWING_AES256GCM_SHA512_Ed25519;
  const suite = cipherSuites().get(number);
  assert(suite);
  const most = random.between(3, 30);
  console.log(`seed ${seed}: suite ${number.toString(16)}, up to ${most} members`);
  const counts = await runHistory({ seed, commits: 40, most, suite, impl: await theirSuite(suite) });
  for (const [name, count] of Object.entries(counts)) total.set(name, (total.get(name) ?? 0) + count);
}
console.log(JSON.stringify(Object.fromEntries(total)));
