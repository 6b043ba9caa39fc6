/**
 * Wraps the vault, and keeps the secrets that the account's windows know of it. An editor in the browser reads its secrets when it is loaded
 * and does not see those that another window stored later; and an identity that a passphrase unlocked is unlocked in all windows.
 * So the leader sends the followers the secrets it works with, and the next leader
 * uses these. They stay in memory, and each window could read the same from the vault.
 */
import { EventEmitter } from "node:events";
import type { Secret, SecretVault } from "../model.ts";

export class KnownSecrets extends EventEmitter<{ learned: [Secret] }> implements SecretVault {
  readonly #vault: SecretVault;
  readonly #known = new Map<string, string | null>();

  constructor(vault: SecretVault) {
    super();
    this.#vault = vault;
  }

  /** Returns all secrets known by now. */
  get all(): readonly Secret[] {
    return [...this.#known].map(([key, value]) => ({ key, value }));
  }

  /** Forgets them: the window is closing, or the account was locked. The strings themselves stay in memory until it is reused. */
  forget(): void {
    this.#known.clear();
  }

  /** Adds the secrets that the leader sent. */
  note({ key, value }: Secret): void {
    this.#known.set(key, value);
  }

  async get(key: string): Promise<string | undefined> {
    const known = this.#known.get(key);
    if (known === undefined) {
      const kept = await this.#vault.get(key);
      this.#learn(key, kept ?? null);
      return kept;
    }
    if (known !== null) await this.#mend(key, known);
    return known ?? undefined;
  }

  /** Stores a known secret for the next start, when no leader can send it. A vault that is locked or fails stops nobody now. */
  async #mend(key: string, known: string): Promise<void> {
    try {
      if ((await this.#vault.get(key)) !== known) await this.#vault.store(key, known);
    } catch {
      // The next start will say that the key is missing, unless the vault has recovered by then.
    }
  }

  /** @returns whether the vault is locked with a passphrase; false for a kind of vault that has no lock */
  async hasLock(): Promise<boolean> {
    return (await this.#vault.hasLock?.()) ?? false;
  }

  async store(key: string, value: string): Promise<void> {
    await this.#vault.store(key, value);
    this.#learn(key, value);
  }

  async delete(key: string): Promise<void> {
    await this.#vault.delete(key);
    this.#learn(key, null);
  }

  #learn(key: string, value: string | null): void {
    this.#known.set(key, value);
    this.emit("learned", { key, value });
  }
}
