/** A keyring that survives the kill of a process. For tests only: its secrets are unencrypted. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import * as v from "valibot";
import type { SecretVault } from "../../messenger/messenger.ts";

const Values = v.record(v.string(), v.string());

/** Only the leader writes, so it needs no locking. */
export class FileVault implements SecretVault {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async get(key: string): Promise<string | undefined> {
    return this.#read()[key];
  }

  async store(key: string, value: string): Promise<void> {
    this.#write({ ...this.#read(), [key]: value });
  }

  async delete(key: string): Promise<void> {
    const { [key]: _, ...rest } = this.#read();
    this.#write(rest);
  }

  #read(): Record<string, string> {
    try {
      return v.parse(Values, JSON.parse(readFileSync(this.#path, "utf8")));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
      throw error;
    }
  }

  #write(values: Record<string, string>): void {
    const fresh = `${this.#path}.${process.pid}`;
    const file = openSync(fresh, "w", 0o600);
    writeSync(file, JSON.stringify(values));
    fsyncSync(file);
    closeSync(file);
    renameSync(fresh, this.#path);
  }
}
