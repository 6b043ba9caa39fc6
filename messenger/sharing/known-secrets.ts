/**
 * Wraps the vault, and shares the secrets that the leader uses with all windows, in memory. The next leader uses them instead of its own
 * vault's: in the browser, VS Code reads its secrets only when it is loaded and misses secrets that another window stored later, and an
 * identity that was unlocked in one window is unlocked in all. No window learns secrets that it could not read from the vault.
 */
import { EventEmitter } from "node:events";
import type { Secret, SecretVault } from "../model.ts";

export class KnownSecrets extends EventEmitter<{ learned: [Secret] }> implements SecretVault {
  readonly #vault: SecretVault;
  readonly #known = new Map<string, string | null>();
  /** Whether a leader sent the secrets, so that nothing depends on this window's vault. */
  #areTold = false;

  constructor(vault: SecretVault) {
    super();
    this.#vault = vault;
  }

  /** Returns all known secrets. */
  get all(): readonly Secret[] {
    return [...this.#known].map(([key, value]) => ({ key, value }));
  }

  /** Forgets all secrets, when the window closes or the account is locked. The strings stay in memory until it is reused. */
  forget(): void {
    this.#known.clear();
    this.#areTold = false;
  }

  /** Adds a secret that the leader sent. */
  note({ key, value }: Secret): void {
    this.#known.set(key, value);
    this.#areTold = true;
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

  /** Stores a known secret in this window's vault, for a later start without a leader. Ignores a vault that is locked or fails. */
  async #mend(key: string, known: string): Promise<void> {
    try {
      if ((await this.#vault.get(key)) !== known) await this.#vault.store(key, known);
    } catch {
      // If the vault has not recovered by the next start, that start reports the missing key.
    }
  }

  /**
   * @returns whether the vault is locked with a passphrase; false for a vault that cannot be locked; undefined if it fails and a leader sent
   * the secrets: then they are those of the unlocked vault, whatever has become of this one
   */
  async hasLock(): Promise<boolean | undefined> {
    try {
      return (await this.#vault.hasLock?.()) ?? false;
    } catch (error) {
      if (this.#areTold) return undefined;
      throw error;
    }
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
