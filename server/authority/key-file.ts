/**
 * Keys and the certificate that belongs to them in one PEM file (RFC 7468), so that they are replaced
 * together.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { words } from "../words/words.ts";
import { AuthorityError } from "./authority-error.ts";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";

export interface KeyFile {
  /** DER */
  readonly certificate: Uint8Array;
  /** The first is the certificate's own. */
  readonly privateKeys: readonly [KeyObject, ...KeyObject[]];
}

/**
 * Reads a key file.
 * @returns undefined if there is no such file.
 * @throws AuthorityError "damaged" for one with other content
 */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  try {
    const certificate = new X509Certificate(text);
    const [own, ...others] = pemBlocks(text, "PRIVATE KEY").map((block) => createPrivateKey(block));
    if (!own || !certificate.checkPrivateKey(own)) throw new Error("the key is not the certificate's");
    return { certificate: new Uint8Array(certificate.raw), privateKeys: [own, ...others] };
  } catch (cause) {
    throw damaged(path, { cause });
  }
}

export async function writeKeyFile(path: string, { certificate, privateKeys }: KeyFile): Promise<void> {
  const keys = privateKeys.map((key) => key.export({ format: "pem", type: "pkcs8" }));
  await writePrivateFile(path, [new X509Certificate(certificate).toString(), ...keys].join(""));
}

/**
 * Returns the DER of the only block with that label, or undefined if there is no such file.
 * @throws AuthorityError "damaged"
 */
export async function readPem(path: string, label: string): Promise<Uint8Array | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  const [block] = pemBlocks(text, label);
  if (block === undefined) throw damaged(path);
  return Buffer.from(block.replace(/-----[^-]+-----|\s/g, ""), "base64");
}

export async function writePem(path: string, label: string, der: Uint8Array): Promise<void> {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  await writePrivateFile(
    path,
    [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n"),
  );
}

export function damaged(path: string, options?: ErrorOptions): AuthorityError {
  return new AuthorityError("damaged", words.faults.authority.damaged(path), options);
}

function pemBlocks(text: string, label: string): string[] {
  return text.match(new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, "g")) ?? [];
}
