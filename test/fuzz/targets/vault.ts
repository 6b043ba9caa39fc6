/**
 * Values from the system's keyring: complete, damaged, or written by another program. A secret is the stored one, or is
 * lost; the lock opens with its passphrase, or reports why not.
 */
import assert from "node:assert/strict";
import { Keyring, secretNames } from "../../../messenger/account/account.ts";
import { LockedVault } from "../../../messenger/account/locked-vault.ts";
import { newCost } from "../../../messenger/account/passphrase.ts";
import { newStoreId } from "../../../messenger/store/mark.ts";
import { SealError } from "../../../messenger/store/seal.ts";
import { Identity } from "../../../protocol/identity/identity.ts";
import { MemoryVault } from "../../fixtures/messengers.ts";
import { parsedLater, type Target, textOf, utf8 } from "../target.ts";

const STORE = newStoreId();
const LOCK = `parley.${STORE}.lock`;
const PASSPHRASE = "correct horse battery staple";
const CODES = ["wrong-passphrase", "wrong-state", "locked", "secret-unsealed"];

export async function open(): Promise<Target> {
  const memory = new MemoryVault();
  await new Keyring(memory, STORE).keepIdentity(Identity.generate().exportSeed());
  const [name = ""] = secretNames(STORE);
  const plain = memory.values.get(name) ?? "";
  await new LockedVault(memory, () => ({ id: STORE })).setPassphrase(PASSPHRASE, newCost(2));
  const lock = memory.values.get(LOCK) ?? "";
  const sealed = memory.values.get(name) ?? "";
  return {
    samples: [plain, sealed, lock].map((text, kind) => Buffer.concat([Buffer.of(kind), utf8(text)])),
    words: ["costLog2", "19", "20", "0.5", '""', "sealed:"].map(utf8),
    // scrypt at the lock's cost, up to the bound (2^19).
    maxMemoryBytes: 1024 * 1024 * 1024,
    async run(input) {
      const kind = (input[0] ?? 0) % 3;
      const text = textOf(input.subarray(1));
      // Costs of a second are not tried here: the bound itself has its own test.
      if (kind === 2 && /1[0-9]/.test(text)) return;
      const damaged = kind === 2 ? { [LOCK]: text, [name]: sealed } : { [LOCK]: lock, [name]: text };
      const vault = new LockedVault(new MemoryVault(Object.entries(damaged)), () => ({ id: STORE }));
      const unlocked = await parsedLater(CODES, () => vault.unlock(PASSPHRASE).then(() => true));
      try {
        const identity = await parsedLater(CODES, () => new Keyring(vault, STORE).identity());
        if (kind === 1 && identity !== undefined && text.startsWith("sealed:"))
          assert.ok(unlocked, "opened without its key");
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
      }
    },
  };
}
