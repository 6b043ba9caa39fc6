import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { ServerCredentials } from "../../protocol/channel/handshake.ts";
import {
  type VerifiedServer,
  verifyServerChain,
  verifyStaticKey,
} from "../../protocol/identity/certificate.ts";
import { MAX_REVOCATION_LIST_BYTES } from "../../protocol/limits.ts";
import { type Authority, openAuthority } from "./authority.ts";
import { AuthorityError } from "./authority-error.ts";
import { issueRevocationList } from "./issue.ts";
import { writePem } from "./key-file.ts";
import { LIST_LABEL, renewCredentials, revokeServer } from "./upkeep.ts";

const NAMES = ["localhost", "127.0.0.1", "::1", "Bücher.example"];
const START = new Date("2026-06-01T12:00:00.500Z");
const day = (count: number) => new Date(START.getTime() + count * 86_400_000);

describe("openAuthority", function () {
  this.timeout(180_000); // generating RSA keys sometimes takes long
  let root: string;
  let original: string;
  let first: Authority;
  let copies = 0;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "parley-authority-"));
    original = join(root, "original");
    first = await openAuthority(original, { names: NAMES, now: START });
  });
  after(() => rm(root, { recursive: true, force: true }));

  /**
   * Copies the folder that a first start left.
   * @returns the copy's path
   */
  async function copy(): Promise<string> {
    const directory = join(root, `copy-${copies++}`);
    await cp(original, directory, { recursive: true });
    await chmod(directory, 0o700);
    return directory;
  }
  const open = (directory: string, now = START, names: readonly string[] = NAMES) =>
    openAuthority(directory, { names, now });
  const judge = (
    credentials: ServerCredentials,
    now = START,
    minimumCrlNumber = 0n,
    host = "localhost",
  ): VerifiedServer =>
    verifyServerChain(credentials, { caFingerprint: first.caFingerprint, minimumCrlNumber }, host, now);
  const own = ({ credentials }: Authority) => Buffer.from(credentials.certificates[0] ?? []);
  const files = async (directory: string) =>
    Promise.all(
      (await readdir(directory))
        .sort()
        .map(async (name) => [name, await readFile(join(directory, name), "utf8")]),
    );

  it("makes a certificate chain that a client accepts, under each name", () => {
    const { staticKey, staticKeySignature } = first.credentials;
    for (const host of NAMES) {
      const verified = judge(first.credentials, START, 0n, host);
      assert.ok(verifyStaticKey(verified, staticKey.publicKey, staticKeySignature));
    }
    assert.throws(() => judge(first.credentials, START, 0n, "elsewhere"), { code: "certificate-name" });
  });

  it("makes keys of at least 3072 bits and random serial numbers", () => {
    for (const der of first.credentials.certificates) {
      const certificate = new X509Certificate(der);
      assert.ok((certificate.publicKey.asymmetricKeyDetails?.modulusLength ?? 0) >= 3072);
      assert.match(certificate.serialNumber, /^[4-7][0-9A-F]{31}$/);
    }
  });

  it("makes files that only their owner can read", async function () {
    if (process.platform === "win32") this.skip();
    assert.equal((await stat(original)).mode & 0o777, 0o700);
    const names = await readdir(original);
    assert.deepEqual(names.sort(), ["ca.pem", "revocation-list.pem", "server.pem"]);
    for (const name of names) assert.equal((await stat(join(original, name))).mode & 0o777, 0o600);
    assert.ok(!/PRIVATE|BEGIN|<Buffer 30/.test(inspect(first, { depth: 9, showHidden: true })));
    assert.equal(JSON.stringify(first).includes("rivate"), false);
  });

  it("changes nothing at later starts, also with fewer names", async () => {
    const before = await files(original);
    for (const names of [NAMES, ["LOCALHOST"], []]) {
      const again = await open(original, day(1), names);
      assert.deepEqual(again.caFingerprint, first.caFingerprint);
      assert.deepEqual(own(again), own(first));
      assert.deepEqual(again.credentials.staticKey.publicKey, first.credentials.staticKey.publicKey);
    }
    assert.deepEqual(await files(original), before);
  });

  it("makes a new certificate for a new name, from the same CA", async () => {
    const directory = await copy();
    const authority = await open(directory, START, ["chat.example.org"]);
    judge(authority.credentials, START, 0n, "chat.example.org");
    assert.notDeepEqual(authority.credentials.staticKey.publicKey, first.credentials.staticKey.publicKey);
  });

  it("renews the certificate 30 days before its end", async () => {
    const authority = await open(await copy());
    await authority.refresh(day(59));
    assert.deepEqual(own(authority), own(first));
    await authority.refresh(day(61));
    assert.notDeepEqual(own(authority), own(first));
    const { expiresAt } = judge(authority.credentials, day(61));
    assert.equal(expiresAt.getTime(), Math.floor(day(61 + 90).getTime() / 1000) * 1000);
  });

  it("stays valid when it is refreshed daily, with increasing list numbers", async () => {
    const authority = await open(await copy());
    let seen = 0n;
    for (let count = 0; count <= 130; count++) {
      await authority.refresh(day(count));
      const { crlNumber } = judge(authority.credentials, day(count), seen);
      judge(authority.credentials, day(count + 3), seen); // days before the renewal
      seen = crlNumber;
    }
  });

  it("increases list numbers even after an old backup was restored", async () => {
    const authority = await open(await copy());
    for (const count of [4, 8, 12]) await authority.refresh(day(count));
    const { crlNumber } = judge(authority.credentials, day(12));
    const restored = await open(await copy(), day(13));
    judge(restored.credentials, day(13), crlNumber);
  });

  it("keeps list numbers ahead of the machine that it replaced by promotion", async () => {
    const standby = await open(await copy());
    await standby.beginTerm(day(1));
    let { crlNumber } = judge(standby.credentials, day(1));
    const replaced = await open(await copy(), day(400));
    await replaced.reissueList(day(400));
    assert.throws(() => judge(replaced.credentials, day(400), crlNumber), {
      code: "revocation-list-invalid",
    });

    const promotedAgain = await open(await copy());
    await promotedAgain.beginTerm(day(2));
    ({ crlNumber } = judge(promotedAgain.credentials, day(2), crlNumber));
    await standby.refresh(day(5));
    judge(standby.credentials, day(5), crlNumber);
  });

  it("replaces a list that was made while the clock was ahead", async () => {
    const directory = await copy();
    const ahead = await open(directory, day(40));
    const { crlNumber } = judge(ahead.credentials, day(40));
    const authority = await open(directory, day(1));
    judge(authority.credentials, day(1), crlNumber + 1n);
  });

  it("revokes its certificate: the old one is refused, a new one with new keys is accepted, also after a restart", async () => {
    const directory = await copy();
    const authority = await open(directory);
    await authority.renewAndRevoke(START);
    for (const { credentials } of [authority, await open(directory)]) {
      judge(credentials);
      assert.notDeepEqual(credentials.staticKey.publicKey, first.credentials.staticKey.publicKey);
      const stolen = { ...first.credentials, revocationList: credentials.revocationList };
      assert.throws(() => judge(stolen), { code: "certificate-revoked" });
    }
    const { crlNumber } = judge(authority.credentials);
    assert.throws(() => judge(first.credentials, START, crlNumber), { code: "revocation-list-invalid" });
  });

  it("keeps a revocation until the certificate has expired and dropping is requested", async () => {
    const authority = await open(await copy());
    await authority.renewAndRevoke(day(30));
    const full = authority.credentials.revocationList.length;
    await authority.refresh(day(400));
    await authority.reissueList(day(400));
    assert.equal(authority.credentials.revocationList.length, full);
    await authority.dropExpired(day(85));
    const stolen = { ...first.credentials, revocationList: authority.credentials.revocationList };
    assert.throws(() => judge(stolen, day(85)), { code: "certificate-revoked" });
    await authority.dropExpired(day(91));
    assert.ok(authority.credentials.revocationList.length < full);
    judge(authority.credentials, day(91));
  });

  it("keeps a certificate revoked when the clock is two years ahead for a moment, wherever it is read", async () => {
    const directory = await copy();
    const authority = await open(directory);
    await authority.renewAndRevoke(day(1));
    const wrong = day(730);
    await authority.refresh(wrong);
    await authority.reissueList(wrong);
    await (await open(directory, wrong)).reissueList(wrong);
    await (await open(directory, wrong)).renewAndRevoke(wrong);
    await authority.refresh(day(1));
    const stolen = { ...first.credentials, revocationList: authority.credentials.revocationList };
    assert.throws(() => judge(stolen, day(1)), { code: "certificate-revoked" });
  });

  it("keeps a certificate revoked that was made with the clock two years ahead, until it expires", async () => {
    const directory = await copy();
    const ahead = await open(directory, day(730), ["chat.example.org"]);
    const stolen = ahead.credentials;
    await ahead.renewAndRevoke(day(730));
    const authority = await open(directory, day(1));
    await authority.dropExpired(day(120)); // before it is valid at all
    for (const count of [730, 815]) {
      await authority.dropExpired(day(count));
      const shown = { ...stolen, revocationList: authority.credentials.revocationList };
      assert.throws(() => judge(shown, day(count), 0n, "chat.example.org"), { code: "certificate-revoked" });
    }
  });

  it("refuses to make a revocation list longer than clients accept, and keeps the present one", async () => {
    const directory = await copy();
    const { ca } = await renewCredentials(directory, [], START);
    const listOf = (length: number) => {
      const revoked = new Map(Array.from({ length }, (_, index) => [2n ** 120n + BigInt(index), START]));
      return issueRevocationList(ca, { number: 9n, thisUpdate: day(-1), nextUpdate: day(6), revoked });
    };
    let length = 400;
    while (listOf(length + 1).length <= MAX_REVOCATION_LIST_BYTES) length++;
    await writePem(join(directory, "revocation-list.pem"), LIST_LABEL, listOf(length));
    const authority = await open(directory);
    await assert.rejects(authority.renewAndRevoke(START), { code: "too-large" });
    judge((await open(directory)).credentials, START, 9n);
  });

  it("revokes twice when two calls overlap", async () => {
    const authority = await open(await copy());
    await Promise.all([
      authority.renewAndRevoke(START),
      authority.refresh(START),
      authority.renewAndRevoke(START),
    ]);
    judge(authority.credentials);
    const entries = authority.credentials.revocationList.length - first.credentials.revocationList.length;
    assert.ok(entries > 2 * 30, "two entries of some 35 bytes");
  });

  it("completes a revocation that a crash interrupted", async () => {
    const directory = await copy();
    await revokeServer(directory, await renewCredentials(directory, [], START), START);
    const authority = await open(directory);
    assert.notDeepEqual(own(authority), own(first));
    judge(authority.credentials);
  });

  it("loads changes that another process made in the folder", async () => {
    const directory = await copy();
    const [one, other] = [await open(directory), await open(directory)];
    await other.renewAndRevoke(START);
    await one.refresh(START);
    assert.deepEqual(own(one), own(other));
  });

  it("completes a first start that a crash interrupted", async () => {
    for (const lost of [["server.pem"], ["server.pem", "revocation-list.pem"]]) {
      const directory = await copy();
      for (const name of lost) await rm(join(directory, name));
      await writeFile(join(directory, "server.pem.0123456789ab.new"), "-----BEGIN CERTI", { mode: 0o600 });
      judge((await open(directory)).credentials);
    }
  });

  it("issues no certificate that outlasts the CA, and reports when the CA has expired", async () => {
    const directory = await copy();
    const late = await open(directory, day(3640));
    assert.deepEqual(
      judge(late.credentials, day(3640)).expiresAt,
      new X509Certificate(late.credentials.certificates[1] ?? "").validToDate,
    );
    const again = await open(directory, day(3641));
    assert.deepEqual(own(again), own(late));
    await assert.rejects(open(directory, day(3651)), { code: "expired" });
  });

  describe("refuses", () => {
    async function refuses(code: AuthorityError["code"], directory: string, mention: string) {
      await assert.rejects(open(directory), (error) => {
        assert.ok(error instanceof AuthorityError, inspect(error));
        assert.equal(error.code, code);
        assert.ok(error.message.includes(mention), error.message);
        return true;
      });
    }

    it("a folder or file that others can access, with the remedy", async function () {
      if (process.platform === "win32") this.skip();
      for (const mode of [0o755, 0o710, 0o702]) {
        const directory = await copy();
        await chmod(directory, mode);
        await refuses("unprotected", directory, "chmod 0700");
      }
      for (const name of ["ca.pem", "server.pem", "revocation-list.pem"]) {
        const directory = await copy();
        await chmod(join(directory, name), 0o640);
        await refuses("unprotected", directory, join(directory, name));
      }
    });

    it("to make a new CA when the old one is missing", async () => {
      const directory = await copy();
      await rm(join(directory, "ca.pem"));
      await refuses("damaged", directory, "ca.pem");
    });

    it("to start without its record of revocations", async () => {
      const directory = await copy();
      await rm(join(directory, "revocation-list.pem"));
      await refuses("damaged", directory, "revocation-list.pem");
    });

    it("damaged files, and leaves them as they are", async () => {
      for (const name of ["ca.pem", "server.pem", "revocation-list.pem"]) {
        const whole = await readFile(join(original, name), "utf8");
        const texts = ["", "garbage", whole.slice(0, whole.length / 2)];
        if (name !== "server.pem")
          texts.push(whole.replace(/.{8}\n-----END (CERT|X509)/, "AAAAAAAA\n-----END $1"));
        for (const text of texts) {
          const directory = await copy();
          await writeFile(join(directory, name), text);
          await refuses("damaged", directory, name);
          assert.equal(await readFile(join(directory, name), "utf8"), text);
        }
      }
    });

    it("a certificate that does not belong to its key", async () => {
      const directory = await copy();
      const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;
      const [ca = ""] = certificate.exec(await readFile(join(original, "ca.pem"), "utf8")) ?? [];
      const server = await readFile(join(original, "server.pem"), "utf8");
      await writeFile(join(directory, "server.pem"), server.replace(certificate, ca));
      await refuses("damaged", directory, "server.pem");
    });

    it("invalid names, no name at the first start, and too many names", async () => {
      for (const name of ["", "*", "a b", "https://example.org", "example.org:80"])
        await assert.rejects(open(await copy(), START, [name]), { code: "bad-argument" });
      await assert.rejects(open(join(root, "nameless"), START, []), { code: "bad-argument" });
      const many = Array.from({ length: 200 }, (_, index) => `server-${index}.example.org`);
      await assert.rejects(open(await copy(), START, many), { code: "too-large" });
    });
  });
});
