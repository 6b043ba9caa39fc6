import assert from "node:assert/strict";
import type { Secret, SecretVault } from "../model.ts";
import { KnownSecrets } from "./known-secrets.ts";

class Vault implements SecretVault {
  readonly values = new Map<string, string>();
  async get(key: string): Promise<string | undefined> {
    return this.values.get(key);
  }
  async store(key: string, value: string): Promise<void> {
    this.values.set(key, value);
  }
  async delete(key: string): Promise<void> {
    this.values.delete(key);
  }
}

describe("the secrets that windows share", () => {
  it("come from the vault, and are passed to each listener", async () => {
    const vault = new Vault();
    vault.values.set("a", "1");
    const secrets = new KnownSecrets(vault);
    const learned: Secret[] = [];
    secrets.on("learned", (secret) => learned.push(secret));
    assert.equal(await secrets.get("a"), "1");
    assert.equal(await secrets.get("b"), undefined);
    await secrets.store("b", "2");
    await secrets.delete("a");
    assert.deepEqual(learned, [
      { key: "a", value: "1" },
      { key: "b", value: null },
      { key: "b", value: "2" },
      { key: "a", value: null },
    ]);
    assert.deepEqual(secrets.all, [
      { key: "a", value: null },
      { key: "b", value: "2" },
    ]);
    secrets.forget();
    assert.deepEqual(secrets.all, []);
  });

  it("are those of the former leader, even against an old copy of the vault", async () => {
    const vault = new Vault();
    vault.values.set("old", "1");
    vault.values.set("gone", "1");
    const secrets = new KnownSecrets(vault);
    secrets.note({ key: "old", value: "2" });
    secrets.note({ key: "new", value: "3" });
    secrets.note({ key: "gone", value: null });
    assert.equal(await secrets.get("old"), "2");
    assert.equal(await secrets.get("new"), "3");
    assert.equal(await secrets.get("gone"), undefined);
    assert.equal(vault.values.get("old"), "2", "mended for the next start");
    assert.equal(vault.values.get("new"), "3");
  });

  it("are those of the former leader if the vault cannot be read or written", async () => {
    const refuse = (): Promise<never> => Promise.reject(new Error("The keyring is locked"));
    for (const refused of ["get", "store"] as const) {
      const vault = Object.assign(new Vault(), { [refused]: refuse });
      const secrets = new KnownSecrets(vault);
      secrets.note({ key: "a", value: "1" });
      assert.equal(await secrets.get("a"), "1");
      if (refused === "get") await assert.rejects(secrets.get("unknown"), /locked/);
    }
  });

  it("do not depend on the vault's lock once a leader sent them", async () => {
    const vault = new Vault();
    const unreadable = { hasLock: () => Promise.reject(new Error("The keyring is locked")) };
    const secrets = new KnownSecrets(Object.assign(vault, unreadable));
    await secrets.get("own");
    await assert.rejects(secrets.hasLock(), /locked/);
    secrets.note({ key: "told", value: "1" });
    assert.equal(await secrets.hasLock(), undefined);
    secrets.forget();
    await assert.rejects(secrets.hasLock(), /locked/);
  });
});
