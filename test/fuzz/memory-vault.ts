/** A keyring that forgets. */
import type { SecretVault } from "../../extension/messenger/model.ts";

export class MemoryVault implements SecretVault {
  readonly values: Map<string, string>;

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.values = new Map(Object.entries(values));
  }

  async get(name: string): Promise<string | undefined> {
    return this.values.get(name);
  }

  async store(name: string, value: string): Promise<void> {
    this.values.set(name, value);
  }

  async delete(name: string): Promise<void> {
    this.values.delete(name);
  }
}
