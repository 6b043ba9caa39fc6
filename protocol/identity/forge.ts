/**
 * The parts of node-forge that we use, and the conversion between its "binary strings" and bytes. Imported
 * file by file, since the package's index pulls in TLS, PKCS#7, PKCS#12 and more: 120 KB of unused code in an
 * extension bundle.
 */
import type { asn1 as Asn1Types, pki } from "node-forge";
import asn1Module from "node-forge/lib/asn1.js";
import x509Module from "node-forge/lib/x509.js";
import "node-forge/lib/sha512.js"; // registers SHA-384 and SHA-512 for certificate signatures

export type Asn1 = Asn1Types.Asn1;
export type Certificate = pki.Certificate;

interface DerOptions {
  readonly strict: boolean;
  readonly decodeBitStrings: boolean;
  readonly maxDepth: number;
}

// The files' exports, with the types of the index where they exist.
export const asn1 = asn1Module as Omit<typeof Asn1Types, "fromDer"> & {
  fromDer(bytes: string, options: DerOptions): Asn1;
};
export const x509 = x509Module as Pick<
  typeof pki,
  "createCertificate" | "certificateFromAsn1" | "certificateToAsn1" | "publicKeyFromPem"
> & {
  getTBSCertificate(certificate: Certificate): Asn1;
  distinguishedNameToAsn1(name: Certificate["subject"]): Asn1;
};

/** The same as in der.ts, which parses first. */
const MAX_DEPTH = 24;

/**
 * Parses a certificate that readCertificate() has found to be strict DER, since forge alone is lenient, above
 * all inside extensions.
 * @throws Error for anything but a certificate of an RSA key
 */
export function forgeCertificate(der: Uint8Array): Certificate {
  // forge's certificate reader also needs the BIT STRINGs that hold DER parsed.
  const options = { strict: true, maxDepth: MAX_DEPTH, decodeBitStrings: true };
  return x509.certificateFromAsn1(asn1.fromDer(toBinary(der), options));
}

export function encodeDer(value: Asn1): Buffer {
  return fromBinary(asn1.toDer(value).getBytes());
}

/** Returns forge's form of bytes: a string with one character, 0 to 255, per byte. */
export function toBinary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function fromBinary(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
