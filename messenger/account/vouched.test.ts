import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { code } from "../../protocol/error-code-fixture.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { keyDigest, newStoreId, type StoreMark } from "../store/mark.ts";
import { DATABASE_KEY_BYTES } from "../store/seal.ts";
import { Keyring } from "./account.ts";
import { assertVouched } from "./vouched.ts";

const STORE = newStoreId();

/** @returns the mark of a store, and the secrets of all its keys as a keyring holds them */
async function complete(): Promise<{ secrets: Map<string, string>; mark: StoreMark }> {
  const secrets = new Map<string, string>();
  const vault = {
    get: async (key: string) => secrets.get(key),
    store: async (key: string, value: string) => void secrets.set(key, value),
    delete: async (key: string) => void secrets.delete(key),
  };
  const keyring = new Keyring(vault, STORE);
  const databaseKey = randomBytes(DATABASE_KEY_BYTES);
  const [identity, restored] = [Identity.generate(), Identity.generate()];
  await keyring.keepDatabaseKey(databaseKey);
  await keyring.keepIdentity(identity.exportSeed());
  await keyring.keepRestoredIdentity(restored.exportSeed());
  const mark = {
    id: STORE,
    databaseKey: keyDigest("databaseKey", databaseKey),
    identityKey: keyDigest("identityKey", identity.publicKey),
    restoredKey: keyDigest("restoredKey", restored.publicKey),
  };
  return { secrets, mark };
}

describe("the keys that a store's mark vouches for", () => {
  it("are all there, as the mark names them", async () => {
    const { secrets, mark } = await complete();
    assert.equal(secrets.size, 3);
    assertVouched(mark, secrets);
    assertVouched({ id: STORE }, new Map());
  });

  it("are each reported as missing if the keyring has no value or an invalid one", async () => {
    const { secrets, mark } = await complete();
    for (const name of secrets.keys())
      for (const value of [undefined, "", "?", Buffer.alloc(31).toString("base64")]) {
        const damaged = new Map(secrets);
        if (value === undefined) damaged.delete(name);
        else damaged.set(name, value);
        assert.throws(() => assertVouched(mark, damaged), code("keys-missing"), `${name}: ${value}`);
      }
  });

  it("are each distinguished from another key", async () => {
    const [{ secrets, mark }, other] = [await complete(), await complete()];
    for (const [name, value] of other.secrets)
      assert.throws(() => assertVouched(mark, new Map(secrets).set(name, value)), code("keys-wrong"), name);
  });
});
