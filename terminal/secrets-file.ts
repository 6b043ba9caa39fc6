/** Keeps secrets in a file that only its owner can read. The lock (messenger/account/locked-vault.ts) seals its values. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { SecretVault } from "../messenger/model.ts";
import { replaceFileSync } from "../protocol/replace-file.ts";
import { TerminalError } from "./terminal-error.ts";
import { words } from "./words/words.ts";

const FILE_NAME = "secrets.json";
const schema = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value)),
  v.record(v.string(), v.string()),
);

/** Returns whether a terminal's account is kept in that folder. */
export function hasSecretsFile(directory: string): boolean {
  return existsSync(join(directory, FILE_NAME));
}

export class SecretsFile implements SecretVault {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, FILE_NAME);
  }

  async get(key: string): Promise<string | undefined> {
    const secrets = this.#read();
    return Object.hasOwn(secrets, key) ? secrets[key] : undefined;
  }

  async store(key: string, value: string): Promise<void> {
    this.#write({ ...this.#read(), [key]: value });
  }

  async delete(key: string): Promise<void> {
    const { [key]: _, ...others } = this.#read();
    this.#write(others);
  }

  /**
   * Reads the file each time, since another terminal of the same profile may have written it.
   * @throws TerminalError "profile-unusable"
   */
  #read(): Readonly<Record<string, string>> {
    if (!existsSync(this.#path)) return {};
    const text = readFileSync(this.#path, "utf8");
    try {
      return v.parse(schema, JSON.parse(text));
    } catch {
      throw new TerminalError("profile-unusable", words.secretsDamaged(this.#path));
    }
  }

  /** Replaces the file atomically: if the program ends meanwhile, either the old or the new one exists. */
  #write(secrets: Readonly<Record<string, string>>): void {
    const made = `${this.#path}.${randomBytes(4).toString("hex")}`;
    try {
      writeFileSync(made, JSON.stringify(secrets), { mode: 0o600, flag: "wx", flush: true });
      replaceFileSync(made, this.#path);
    } catch (error) {
      rmSync(made, { force: true });
      throw error;
    }
  }
}
