import assert from "node:assert/strict";
import { constants, createHash, generateKeyPairSync, sign } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { type TrustCode, TrustError } from "../errors.ts";
import { type ServerChain, verifyServerChain, verifyStaticKey } from "./certificate.ts";
import {
  basicConstraints,
  CA_NAME,
  type CertificateShape,
  CLIENT_AUTH,
  caCertificate,
  crlNumber,
  extendedKeyUsage,
  extension,
  integer,
  keyUsage,
  NOW,
  type RevocationListShape,
  revocationList,
  SERVER_AUTH,
  SERVER_SERIAL,
  sequence,
  serverCertificate,
  serverExtensions,
  subjectAltName,
} from "./chain-fixture.ts";

const HOST = "chat.example.org";
const rsa = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength });

describe("verifyServerChain", () => {
  const caKeys = rsa(3072);
  const serverKeys = rsa(3072);
  const weakKeys = rsa(2048);
  const ca = caCertificate(caKeys);
  const server = serverCertificate(serverKeys, caKeys.privateKey);
  const list = revocationList(caKeys.privateKey);
  const chain: ServerChain = { certificates: [server, ca], revocationList: list };

  /** Judges a chain in which the CA sent is the pinned one, unless a test says otherwise. */
  function judge(
    wrong: Partial<ServerChain> = {},
    { host = HOST, now = NOW, pinned = ca, minimumCrlNumber = 0n } = {},
  ) {
    const caFingerprint = createHash("sha256").update(pinned).digest();
    return verifyServerChain({ ...chain, ...wrong }, { caFingerprint, minimumCrlNumber }, host, now);
  }
  function refuses(
    code: TrustCode,
    wrong: Partial<ServerChain>,
    circumstances: Parameters<typeof judge>[1] = {},
  ) {
    assert.throws(
      () => judge(wrong, circumstances),
      (error) => {
        assert.ok(error instanceof TrustError, inspect(error));
        assert.equal(error.code, code, error.message);
        return true;
      },
    );
  }
  const withServer = (wrong: Partial<CertificateShape>) => ({
    certificates: [serverCertificate(serverKeys, caKeys.privateKey, wrong), ca],
  });
  const withList = (wrong: Partial<RevocationListShape>) => ({
    revocationList: revocationList(caKeys.privateKey, wrong),
  });
  const days = (count: number) => new Date(NOW.getTime() + count * 86_400_000);

  it("accepts the team's server and returns the key that it certifies", () => {
    const verified = judge();
    assert.ok(verified.publicKey.equals(serverKeys.publicKey));
    assert.equal(verified.crlNumber, 7n);
    assert.deepEqual(verified.expiresAt, days(90));
  });

  it("accepts it under each of its names, in any spelling", () => {
    for (const host of [
      "CHAT.example.ORG",
      "chat.example.org.",
      "localhost",
      "10.0.0.1",
      "::1",
      "0:0:0:0:0:0:0:1",
    ])
      judge({}, { host });
  });

  it("accepts SHA-384 and SHA-512", () => {
    for (const hash of ["sha384", "sha512"] as const) judge(withServer({ hash }));
  });

  describe("refuses a chain", () => {
    const other = rsa(3072);
    const otherCa = caCertificate(other);
    it("of another CA with the same name", () => {
      const certificates = [serverCertificate(serverKeys, other.privateKey), otherCa];
      refuses("wrong-ca", { certificates, revocationList: revocationList(other.privateKey) });
    });
    it("with the team's CA over a certificate that another CA signed", () =>
      refuses("certificate-invalid", {
        certificates: [serverCertificate(serverKeys, other.privateKey), ca],
      }));
    it("that the server signed itself", () =>
      refuses("certificate-invalid", {
        certificates: [serverCertificate(serverKeys, serverKeys.privateKey), ca],
      }));
    it("whose certificate names another issuer", () =>
      refuses("certificate-invalid", withServer({ issuer: "Another CA" })));
    it("in the wrong order", () => refuses("wrong-ca", { certificates: [ca, server] }));
    it("of one certificate, none, or three", () => {
      for (const certificates of [[server], [ca], [], [server, ca, ca], [server, server, ca]])
        refuses("certificate-invalid", { certificates });
    });
    it("that is the CA twice", () => refuses("certificate-invalid", { certificates: [ca, ca] }));
  });

  describe("refuses a CA, though pinned,", () => {
    function refusesCa(code: TrustCode, wrong: Partial<CertificateShape>, keys = caKeys) {
      const pinned = caCertificate(keys, wrong);
      const certificates = [serverCertificate(serverKeys, keys.privateKey), pinned];
      refuses(code, { certificates, revocationList: revocationList(keys.privateKey) }, { pinned });
    }
    it("without basicConstraints", () => refusesCa("certificate-invalid", { extensions: [keyUsage(0x06)] }));
    it("whose basicConstraints say it is no CA", () =>
      refusesCa("certificate-invalid", { extensions: [basicConstraints(false), keyUsage(0x06)] }));
    it("whose basicConstraints are not critical", () =>
      refusesCa("certificate-invalid", { extensions: [basicConstraints(true, false), keyUsage(0x06)] }));
    it("that may not sign certificates", () =>
      refusesCa("certificate-invalid", { extensions: [basicConstraints(true), keyUsage(0x02)] }));
    it("that may not sign revocation lists", () =>
      refusesCa("certificate-invalid", { extensions: [basicConstraints(true), keyUsage(0x04)] }));
    it("without key usage", () => refusesCa("certificate-invalid", { extensions: [basicConstraints(true)] }));
    it("with a weak key", () => refusesCa("certificate-invalid", {}, weakKeys));
    it("that is not self-signed", () => refusesCa("certificate-invalid", { issuer: "Root of all" }));
    it("that expired", () => refusesCa("certificate-expired", { notAfter: days(-1) }));
    it("that is not valid yet", () => refusesCa("certificate-expired", { notBefore: days(1) }));
  });

  describe("refuses a server's certificate", () => {
    const withExtensions = (wrong: Parameters<typeof serverExtensions>[0]) =>
      withServer({ extensions: serverExtensions(wrong) });

    it("that expired, by the second", () => {
      judge({}, { now: days(-1) });
      refuses("certificate-expired", {}, { now: days(91) });
      refuses("certificate-expired", withServer({ notAfter: new Date(NOW.getTime() - 1000) }));
    });
    it("that is not valid yet", () => {
      refuses("certificate-expired", withServer({ notBefore: new Date(NOW.getTime() + 1000) }));
      refuses("certificate-expired", {}, { now: days(-2) });
    });
    it("for another name", () => {
      for (const host of [
        "example.org",
        "evil.chat.example.org",
        "chat.example.com",
        "10.0.0.2",
        "::2",
        "",
        "chat.example.org\0.evil",
        "*",
      ])
        refuses("certificate-name", {}, { host });
    });
    it("with the name only in its subject", () =>
      refuses("certificate-name", {
        ...withServer({ subject: HOST, extensions: serverExtensions({ names: undefined }) }),
      }));
    it("with the name only as a wildcard", () =>
      refuses("certificate-name", withExtensions({ names: subjectAltName("*.example.org") })));
    it("with the address only as a DNS name, or the name followed by a zero byte and more", () => {
      refuses("certificate-name", withExtensions({ names: subjectAltName("10.0.0.1") }), {
        host: "10.0.0.1",
      });
      refuses("certificate-name", withExtensions({ names: subjectAltName(`${HOST}\0.evil.example`) }));
    });
    it("that is not for servers", () => {
      refuses("certificate-invalid", withExtensions({ extendedUsage: undefined }));
      refuses("certificate-invalid", withExtensions({ extendedUsage: extendedKeyUsage(CLIENT_AUTH) }));
      judge(withExtensions({ extendedUsage: extendedKeyUsage(CLIENT_AUTH, SERVER_AUTH) }));
    });
    it("whose key usage does not allow signing", () => {
      refuses("certificate-invalid", withExtensions({ usage: undefined }));
      refuses("certificate-invalid", withExtensions({ usage: keyUsage(0x20) }));
    });
    it("that is a CA itself", () =>
      refuses("certificate-invalid", withExtensions({ constraints: basicConstraints(true) })));
    it("with a weak key", () =>
      refuses("certificate-invalid", { certificates: [serverCertificate(weakKeys, caKeys.privateKey), ca] }));
    it("with a key that is not RSA", () =>
      refuses("certificate-invalid", {
        certificates: [serverCertificate(generateKeyPairSync("ed25519"), caKeys.privateKey), ca],
      }));
    it("with a weak RSA exponent", () =>
      refuses("certificate-invalid", {
        certificates: [
          serverCertificate(
            generateKeyPairSync("rsa", { modulusLength: 3072, publicExponent: 3 }),
            caKeys.privateKey,
          ),
          ca,
        ],
      }));
    it("signed over SHA-1", () => refuses("certificate-invalid", withServer({ hash: "sha1" })));
    it("of version 1", () => refuses("certificate-invalid", withServer({ version: 0n })));
    it("with a critical extension it does not know", () =>
      refuses(
        "certificate-invalid",
        withServer({ extensions: [...serverExtensions(), extension("2.5.29.30", sequence(), true)] }),
      ));
    it("with a duplicate extension", () =>
      refuses(
        "certificate-invalid",
        withServer({ extensions: [...serverExtensions(), subjectAltName("evil.example")] }),
      ));
    it("beyond the size limit", () =>
      refuses("certificate-invalid", withServer({ subject: "x".repeat(5000) })));
  });

  describe("refuses a revocation list", () => {
    const withExtensions = (...extensions: Uint8Array[]) => withList({ extensions });

    it("that names the certificate", () => {
      refuses("certificate-revoked", withList({ revoked: [3n, SERVER_SERIAL, 4n] }));
      judge(withList({ revoked: [3n, SERVER_SERIAL + 1n] }));
    });
    it("that is missing", () => refuses("revocation-list-invalid", { revocationList: new Uint8Array() }));
    it("that somebody else signed", () =>
      refuses("revocation-list-invalid", { revocationList: revocationList(serverKeys.privateKey) }));
    it("of another issuer", () => refuses("revocation-list-invalid", withList({ issuer: `${CA_NAME}!` })));
    it("that expired", () => refuses("revocation-list-invalid", withList({ nextUpdate: days(-1) })));
    it("that is not valid yet", () => refuses("revocation-list-invalid", withList({ thisUpdate: days(1) })));
    it("older than one already seen", () => {
      judge({}, { minimumCrlNumber: 7n });
      refuses("revocation-list-invalid", {}, { minimumCrlNumber: 8n });
    });
    it("without a number, with a negative one, or with two", () => {
      refuses("revocation-list-invalid", withExtensions());
      refuses("revocation-list-invalid", withExtensions(extension("2.5.29.20", Uint8Array.of(2, 1, 0xff))));
      refuses("revocation-list-invalid", withExtensions(crlNumber(7n), crlNumber(8n)));
    });
    it("that is partial: a delta, or for some kinds of certificate", () => {
      const delta = extension("2.5.29.27", integer(1n), true);
      const partial = extension("2.5.29.28", sequence(), true);
      refuses("revocation-list-invalid", withExtensions(crlNumber(7n), delta));
      refuses("revocation-list-invalid", withExtensions(crlNumber(7n), partial));
    });
    it("signed over SHA-1", () => refuses("revocation-list-invalid", withList({ hash: "sha1" })));
    it("with trailing bytes", () =>
      refuses("revocation-list-invalid", { revocationList: new Uint8Array([...list, 0]) }));
    it("beyond the size limit", () =>
      refuses(
        "revocation-list-invalid",
        withList({ revoked: Array.from({ length: 1000 }, (_, serial) => BigInt(serial + 2)) }),
      ));
    it("that is a certificate", () => refuses("revocation-list-invalid", { revocationList: ca }));
  });

  describe("throws nothing but TrustError", () => {
    function survives(wrong: Partial<ServerChain>, pinned = ca) {
      assert.throws(
        () => judge(wrong, { pinned }),
        (error) => error instanceof TrustError,
      );
    }
    const parts = { server, ca, list };
    const place = (part: keyof typeof parts, bytes: Uint8Array): [Partial<ServerChain>, Uint8Array] => [
      {
        certificates: [part === "server" ? bytes : server, part === "ca" ? bytes : ca],
        revocationList: part === "list" ? bytes : list,
      },
      part === "ca" ? bytes : ca, // pinned, or it would not be checked at all
    ];
    const anyPart = fc.constantFrom("server" as const, "ca" as const, "list" as const);

    it("for garbage", () => {
      const garbage = fc.oneof(
        fc.uint8Array({ maxLength: 64 }),
        fc.uint8Array({ maxLength: 64 }).map((body) => sequence(body)),
        fc.uint8Array({ maxLength: 64 }).map((body) => sequence(sequence(body), sequence(body))),
      );
      fc.assert(fc.property(anyPart, garbage, (part, bytes) => survives(...place(part, bytes))));
    });
    it("for deep nesting", () => {
      let nested: Uint8Array = new Uint8Array();
      for (let depth = 0; depth < 500; depth++) nested = sequence(nested);
      for (const part of ["server", "ca", "list"] as const) survives(...place(part, nested));
    });
    it("for truncated bytes", () => {
      fc.assert(
        fc.property(anyPart, fc.nat({ max: 1200 }), (part, length) => {
          const whole = parts[part];
          survives(...place(part, whole.subarray(0, length % whole.length)));
        }),
      );
    });
    it("for any flipped bit, and refuses each", () => {
      fc.assert(
        fc.property(anyPart, fc.nat({ max: 20_000 }), (part, position) => {
          const bytes = Uint8Array.from(parts[part]);
          const at = position % (bytes.length * 8);
          bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
          survives(...place(part, bytes));
        }),
        { numRuns: 300 },
      );
    });
    it("for a bit flipped in a certificate that its CA then signed", () => {
      const content = serverContent(server);
      fc.assert(
        fc.property(fc.nat({ max: content.length * 8 - 1 }), (position) => {
          const bytes = Uint8Array.from(content);
          bytes[position >> 3] = (bytes[position >> 3] ?? 0) ^ (1 << (position & 7));
          const signature = Uint8Array.of(0, ...sign("sha256", bytes, caKeys.privateKey));
          const signed = sequence(bytes, server.subarray(4 + content.length, -signature.length), signature);
          try {
            judge({ certificates: [signed, ca] }); // most such bits are harmless, e.g. in a serial number
          } catch (error) {
            assert.ok(error instanceof TrustError, inspect(error));
          }
        }),
        { numRuns: 300 },
      );
    });
  });

  describe("verifyStaticKey", () => {
    const staticKey = new Uint8Array(32).fill(9);
    const content = Buffer.concat([Buffer.from("parley/1 server static key\0"), staticKey]);
    const pss = (saltLength: number, key = serverKeys.privateKey) =>
      sign("sha256", content, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });

    it("accepts the documented signature", () => assert.ok(verifyStaticKey(judge(), staticKey, pss(32))));
    it("refuses any other", () => {
      const verified = judge();
      assert.ok(!verifyStaticKey(verified, new Uint8Array(32), pss(32)));
      assert.ok(!verifyStaticKey(verified, staticKey.subarray(1), pss(32)));
      assert.ok(!verifyStaticKey(verified, staticKey, pss(20)));
      assert.ok(!verifyStaticKey(verified, staticKey, pss(32, caKeys.privateKey)));
      assert.ok(!verifyStaticKey(verified, staticKey, sign("sha256", content, serverKeys.privateKey)));
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 500 }),
          (bytes) => !verifyStaticKey(verified, staticKey, bytes),
        ),
      );
    });
  });
});

/** Returns the signed part of a certificate in which the lengths of part and whole take two bytes each. */
function serverContent(certificate: Uint8Array): Uint8Array {
  const length = Buffer.from(certificate).readUInt16BE(6);
  return certificate.subarray(4, 4 + 4 + length);
}
