/**
 * Bounds the wait for a keyring that doesn't answer: one that asks the user a question, or VS Code's for a window whose page is gone, whose
 * extension host it keeps for hours in case the page returns. Otherwise a window that reads its keys keeps the leader's lock all that time,
 * and no other window can open the account.
 *
 * Writes are not bounded: one that takes effect after its lock was released could replace a key that another window has made.
 */
import { UsageError } from "../../protocol/errors.ts";
import type { SecretVault } from "../model.ts";

/** Milliseconds within which a read has to be answered. */
export const READ_LIMIT_MS = 20_000;
/** Milliseconds for the reads after an overdue one, until one is answered: several in a row must not add up. */
const NEXT_LIMIT_MS = 1_000;

export class TimelyVault implements SecretVault {
  readonly #vault: SecretVault;
  readonly #limitMs: number;
  #silent = false;

  constructor(vault: SecretVault, limitMs: number) {
    this.#vault = vault;
    this.#limitMs = limitMs;
  }

  /** @throws UsageError "keyring-silent" if there is no answer in time; errors of the vault */
  get(key: string): Promise<string | undefined> {
    const answer = this.#vault.get(key);
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(
        () => {
          this.#silent = true;
          reject(new UsageError("keyring-silent", "The keyring does not answer"));
        },
        this.#silent ? Math.min(NEXT_LIMIT_MS, this.#limitMs) : this.#limitMs,
      );
      const answered = () => {
        clearTimeout(overdue);
        this.#silent = false;
      };
      answer.finally(answered).then(resolve, reject);
    });
  }

  store(key: string, value: string): Promise<void> {
    return this.#vault.store(key, value);
  }

  delete(key: string): Promise<void> {
    return this.#vault.delete(key);
  }
}
