/**
 * The team's own certification authority on disk, three files in a folder of its own:
 *
 *     ca.pem               the CA's certificate and key; made once, every invite carries its fingerprint
 *     server.pem           the server's certificate, its key, and the Noise static key that it signs
 *     revocation-list.pem  the latest list, which is also the only record of its number and of the revoked certificates
 *
 * Each is written before anything that relies on it, so that the next start completes one that was interrupted.
 */
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { generateKeyPair, type KeyPair, keyPairOf } from "../../protocol/channel/x25519.ts";
import { UsageError } from "../../protocol/errors.ts";
import { readCertificate } from "../../protocol/identity/certificate-encoding.ts";
import type { Host } from "../../protocol/identity/host.ts";
import { type RevocationList, readRevocationList } from "../../protocol/identity/revocation.ts";
import { MAX_REVOCATION_LIST_BYTES } from "../../protocol/limits.ts";
import { DAY_MS } from "../operations/duration.ts";
import { words } from "../words/words.ts";
import { AuthorityError } from "./authority-error.ts";
import { type Issued, issueAuthority, issueRevocationList, issueServer, type Validity } from "./issue.ts";
import { damaged, readKeyFile, readPem, writeKeyFile, writePem } from "./key-file.ts";
import { privateDirectory } from "./private-file.ts";

/** A new CA requires new invites for everybody, so it is valid longer than most servers exist. */
const CA_DAYS = 3650;
/**
 * Short, because a thief of the key can use the certificate until it expires, against people who are kept
 * from the newest revocation list.
 */
const SERVER_DAYS = 90;
/** A third of the validity: a server may be off for weeks and still have a valid certificate. */
const RENEW_BEFORE_DAYS = 30;
/** How long a thief can present the list from before a revocation. */
const LIST_DAYS = 7;
/** A server that checks daily has four attempts before clients see an expired list. */
const RENEW_LIST_BEFORE_DAYS = 4;
/** Everything is valid from a day ago, since clocks of laptops are sometimes wrong by a time zone. */
const CLOCK_SKEW_DAYS = 1;
/** From the first day of a server's certificate to its last. */
const LONGEST_DAYS = CLOCK_SKEW_DAYS + SERVER_DAYS;
/**
 * A list's number is `term * TERM + seconds since 1970`: it grows with the clock even if the folder is
 * restored from an old backup, and a promoted server is a term ahead of the one it replaces, even if that one
 * keeps issuing lists. 2^40 seconds are 34,000 years.
 */
const TERM = 1n << 40n;
export const LIST_LABEL = "X509 CRL";

interface Server extends Issued {
  readonly staticKey: KeyPair;
}
export interface AuthorityState {
  readonly ca: Issued;
  readonly server: Server;
  /** DER */
  readonly revocationList: Uint8Array;
}
interface Place {
  readonly caPath: string;
  readonly serverPath: string;
  readonly listPath: string;
}
interface CurrentList {
  readonly der: Uint8Array;
  readonly content: RevocationList;
}

/**
 * Replaces everything that is missing, revoked or about to expire.
 * @param names that the server's certificate must cover; may be empty if a certificate exists
 * @returns the files afterwards
 */
export async function renewCredentials(
  directory: string,
  names: readonly Host[],
  now: Date,
): Promise<AuthorityState> {
  const place = await placeIn(directory);
  const ca = await currentCa(place, now);
  const list = await currentList(place, ca, now);
  const server = await currentServer(place, ca, list.content, names, now);
  return { ca, server, revocationList: list.der };
}

/**
 * Adds the serial number to the list; renewCredentials() then replaces the certificate. The revocation date is
 * the first day of the certificate's validity, so that nothing it ever signed is trusted. The entry thus also
 * shows when the certificate would have expired.
 */
export async function revokeServer(
  directory: string,
  { ca, server }: AuthorityState,
  now: Date,
): Promise<void> {
  const place = await placeIn(directory);
  const { content } = await currentList(place, ca, now);
  const { serial, notBefore } = readCertificate(server.certificate);
  const revoked = new Map(content.revoked).set(serial, notBefore);
  await writeList(place, ca, { number: content.number, revoked }, now);
}

/**
 * Removes expired certificates from the list (RFC 5280 §3.3). A clock that is wrong for a moment must not
 * cause that: a stolen certificate would become valid again.
 * @param now by a clock that has been stable for a while
 */
export async function dropExpired(directory: string, { ca }: AuthorityState, now: Date): Promise<void> {
  const place = await placeIn(directory);
  const { content } = await currentList(place, ca, now);
  const revoked = [...content.revoked].filter(([, first]) => now <= daysAfter(first, LONGEST_DAYS));
  if (revoked.length === content.revoked.size) return;
  await writeList(place, ca, { number: content.number, revoked: new Map(revoked) }, now);
}

/**
 * Issues a new list with the same content. Clients accept no list older than one they have seen, and a folder
 * restored from a backup has an older one.
 */
export async function reissueList(directory: string, { ca }: AuthorityState, now: Date): Promise<void> {
  const place = await placeIn(directory);
  const { content } = await currentList(place, ca, now);
  await writeList(place, ca, content, now);
}

/**
 * Begins a new term: people who have seen this list refuse every other server of the CA with a list of an
 * earlier term.
 */
export async function beginTerm(directory: string, { ca }: AuthorityState, now: Date): Promise<void> {
  const place = await placeIn(directory);
  const { content } = await currentList(place, ca, now);
  await writeList(place, ca, { ...content, number: (content.number / TERM + 1n) * TERM }, now);
}

async function placeIn(directory: string): Promise<Place> {
  await privateDirectory(directory);
  return {
    caPath: join(directory, "ca.pem"),
    serverPath: join(directory, "server.pem"),
    listPath: join(directory, "revocation-list.pem"),
  };
}

async function currentCa({ caPath, serverPath, listPath }: Place, now: Date): Promise<Issued> {
  const found = await readKeyFile(caPath);
  if (found === undefined) {
    // A new CA locks out everybody who joined with the old one, so a lost file must not be taken for a first
    // start.
    if ((await readKeyFile(serverPath)) ?? (await readPem(listPath, LIST_LABEL))) throw damaged(caPath);
    const made = await issueAuthority(validity(now, CA_DAYS));
    await writeKeyFile(caPath, { certificate: made.certificate, privateKeys: [made.privateKey] });
    return made;
  }
  const certificate = new X509Certificate(found.certificate);
  if (!certificate.verify(certificate.publicKey)) throw damaged(caPath);
  if (now > certificate.validToDate)
    throw new AuthorityError("expired", words.faults.authority.expired(caPath));
  return { certificate: found.certificate, privateKey: found.privateKeys[0] };
}

async function currentList(place: Place, ca: Issued, now: Date): Promise<CurrentList> {
  const der = await readPem(place.listPath, LIST_LABEL);
  if (der === undefined) {
    // Without a server certificate nothing can have been revoked: this is the first start.
    if (await readKeyFile(place.serverPath)) throw damaged(place.listPath);
    return await writeList(place, ca, { number: 0n, revoked: new Map() }, now);
  }
  const content = readList(place, der, ca);
  const fresh = content.thisUpdate <= now && daysAfter(now, RENEW_LIST_BEFORE_DAYS) <= content.nextUpdate;
  return fresh ? { der, content } : await writeList(place, ca, content, now);
}

async function currentServer(
  { serverPath }: Place,
  ca: Issued,
  list: RevocationList,
  names: readonly Host[],
  now: Date,
): Promise<Server> {
  const found = await readKeyFile(serverPath);
  if (found) {
    const { certificate, privateKeys } = found;
    const [privateKey, noiseKey] = privateKeys;
    if (noiseKey?.asymmetricKeyType !== "x25519") throw damaged(serverPath);
    if (stillGood(new X509Certificate(certificate), ca, list, names, now))
      return { certificate, privateKey, staticKey: keyPairOf(noiseKey) };
  }
  if (names.length === 0)
    throw new UsageError("bad-argument", "A server certificate needs at least one name");
  const caEnd = new X509Certificate(ca.certificate).validToDate;
  const made = {
    ...(await issueServer(ca, names, validity(now, SERVER_DAYS, caEnd))),
    staticKey: generateKeyPair(),
  };
  const privateKeys = [made.privateKey, made.staticKey.privateKey] as const;
  await writeKeyFile(serverPath, { certificate: made.certificate, privateKeys });
  return made;
}

function stillGood(
  certificate: X509Certificate,
  ca: Issued,
  list: RevocationList,
  names: readonly Host[],
  now: Date,
): boolean {
  const authority = new X509Certificate(ca.certificate);
  const end = certificate.validToDate;
  return (
    certificate.verify(authority.publicKey) &&
    certificate.validFromDate <= now &&
    // A certificate cannot outlast its CA.
    (daysAfter(now, RENEW_BEFORE_DAYS) <= end || (now <= end && end >= authority.validToDate)) &&
    !list.revoked.has(readCertificate(certificate.raw).serial) &&
    names.every((name) => covers(certificate, name))
  );
}

function covers(certificate: X509Certificate, { type, text }: Host): boolean {
  if (type === "address") return certificate.checkIP(text) !== undefined;
  return certificate.checkHost(text, { subject: "never", wildcards: false }) !== undefined;
}

async function writeList(
  place: Place,
  ca: Issued,
  last: Pick<RevocationList, "number" | "revoked">,
  now: Date,
): Promise<CurrentList> {
  const byClock = (last.number / TERM) * TERM + BigInt(Math.floor(now.getTime() / 1000));
  const number = last.number < byClock ? byClock : last.number + 1n;
  const { notBefore: thisUpdate, notAfter: nextUpdate } = validity(now, LIST_DAYS);
  const der = issueRevocationList(ca, { number, thisUpdate, nextUpdate, revoked: last.revoked });
  if (der.length > MAX_REVOCATION_LIST_BYTES)
    throw new UsageError("too-large", "The revocation list would be longer than clients accept");
  await writePem(place.listPath, LIST_LABEL, der);
  return { der, content: readList(place, der, ca) };
}

function readList({ listPath }: Place, der: Uint8Array, ca: Issued): RevocationList {
  try {
    const { publicKey } = new X509Certificate(ca.certificate);
    return readRevocationList(der, { publicKey, name: readCertificate(ca.certificate).subject });
  } catch (cause) {
    throw damaged(listPath, { cause });
  }
}

function validity(now: Date, days: number, latest?: Date): Validity {
  const end = daysAfter(now, days);
  return { notBefore: daysAfter(now, -CLOCK_SKEW_DAYS), notAfter: latest && latest < end ? latest : end };
}

function daysAfter(date: Date, days: number): Date {
  return new Date(date.getTime() + days * DAY_MS);
}
