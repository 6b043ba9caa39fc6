import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { TrustError } from "../errors.ts";
import { type ServerChain, verifyServerChain } from "./certificate.ts";
import {
  type CertificateShape,
  caCertificate,
  der,
  extension,
  NOW,
  type RevocationListShape,
  revocationList,
  sequence,
  serverCertificate,
  serverExtensions,
} from "./chain-fixture.ts";
import { type Der, readDer } from "./der.ts";

describe("the encoding of certificates and revocation lists", () => {
  const caKeys = generateKeyPairSync("rsa", { modulusLength: 3072 });
  const serverKeys = generateKeyPairSync("rsa", { modulusLength: 3072 });
  const ca = caCertificate(caKeys);
  const server = serverCertificate(serverKeys, caKeys.privateKey);
  const list = revocationList(caKeys.privateKey);
  const caFingerprint = createHash("sha256").update(ca).digest();

  const judge = (wrong: Partial<ServerChain>) =>
    verifyServerChain(
      { certificates: [server, ca], revocationList: list, ...wrong },
      { caFingerprint },
      "chat.example.org",
      NOW,
    );
  const withServer = (wrong: Partial<CertificateShape>) => ({
    certificates: [serverCertificate(serverKeys, caKeys.privateKey, wrong), ca],
  });
  const withList = (wrong: Partial<RevocationListShape>) => ({
    revocationList: revocationList(caKeys.privateKey, wrong),
  });

  describe("has serial numbers that both parsers read alike", () => {
    /** Judges a certificate with serial number `serial` against a list that names `listed`. */
    function fate(serial: bigint | Uint8Array, listed: bigint | Uint8Array): string {
      try {
        judge({ ...withServer({ serial }), ...withList({ revoked: [listed] }) });
        return "good";
      } catch (error) {
        return error instanceof TrustError ? error.code : inspect(error);
      }
    }
    const octets = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

    for (const [what, serial] of [
      ["a negative serial number", octets("80")],
      ["a negative serial number of 16 octets", octets(`a5${"11".repeat(15)}`)],
      ["a negative serial number of 20 octets", octets(`fe${"00".repeat(19)}`)],
      ["a serial number of 21 octets, the first a zero", octets(`00${"ff".repeat(20)}`)],
      ["a serial number of 30 octets", octets("7f".repeat(30))],
      ["a serial number with a needless zero in front", octets("0042")],
      ["a serial number without octets", octets("")],
    ] as const)
      it(`refuses ${what}, in certificate and list`, () => {
        assert.equal(fate(serial, 3n), "certificate-invalid");
        assert.equal(fate(3n, serial), "revocation-list-invalid");
      });

    it("revokes exactly the listed numbers, up to 20 octets", () => {
      const serial = fc.oneof(
        fc.bigInt({ min: 0n, max: (1n << 159n) - 1n }),
        fc.constantFrom(0n, 127n, 128n, 255n, 256n, (1n << 159n) - 1n, 1n << 158n),
      );
      fc.assert(
        fc.property(serial, serial, (one, other) => {
          assert.equal(fate(one, one), "certificate-revoked");
          assert.equal(fate(one, other), one === other ? "certificate-revoked" : "good");
        }),
        { numRuns: 40 },
      );
    });
  });

  describe("must be DER to the innermost value:", () => {
    const signedAnew = (content: Uint8Array, like: Uint8Array) => {
      const [, algorithm] = readDer(like).children;
      const signature = Uint8Array.of(0, ...sign("sha256", content, caKeys.privateKey));
      return sequence(content, algorithm?.bytes ?? new Uint8Array(), der(0x03, signature));
    };
    const contentOf = (whole: Uint8Array) => readDer(whole).children[0]?.bytes ?? new Uint8Array();
    const full = contentOf(
      serverCertificate(serverKeys, caKeys.privateKey, {
        extensions: [...serverExtensions(), extension("2.5.29.14", der(0x04, Buffer.alloc(20, 7)))],
      }),
    );
    const listed = contentOf(revocationList(caKeys.privateKey, { revoked: [3n, 4n] }));
    const judgeContent = {
      certificate: (content: Uint8Array) => judge({ certificates: [signedAnew(content, server), ca] }),
      list: (content: Uint8Array) => judge({ revocationList: signedAnew(content, list) }),
    };
    /** Each encoding that lenient readers accept; `undefined` where it does not apply to a value. */
    const lenient: Readonly<Record<string, (value: Der, body: Uint8Array) => Uint8Array | undefined>> = {
      "a longer length": ({ tag }, body) => {
        const [, length = 0] = der(tag, body);
        const octets = length < 0x80 ? [0x81, length] : [0x83, 0, body.length >> 8, body.length & 0xff];
        return Buffer.concat([Buffer.of(tag, ...octets), body]);
      },
      "an indefinite length": ({ tag }, body) =>
        (tag & 0x20) === 0 ? undefined : Buffer.concat([Buffer.of(tag, 0x80), body, Buffer.of(0, 0)]),
      "values in pieces": ({ tag }, body) =>
        [0x03, 0x04, 0x0c, 0x13].includes(tag) ? der(tag | 0x20, der(tag, body)) : undefined,
      "a TRUE other than ff": ({ tag }) => (tag === 0x01 ? der(0x01, Buffer.of(1)) : undefined),
      "a needless zero in front": ({ tag }, body) =>
        tag === 0x02 ? der(0x02, Buffer.of(0), body) : undefined,
      "a time with an offset": ({ tag }, body) =>
        tag === 0x17 ? der(0x17, body.subarray(0, -1), Buffer.from("+0000")) : undefined,
      "a time without seconds": ({ tag }, body) =>
        tag === 0x17 ? der(0x17, body.subarray(0, -3), Buffer.from("Z")) : undefined,
      "a GeneralizedTime before 2050": ({ tag }, body) =>
        tag === 0x17 ? der(0x18, Buffer.from("20"), body.subarray(0, -1), Buffer.from(".0Z")) : undefined,
    };

    /**
     * Returns each encoding of `bytes` with one value changed by `change`, also inside OCTET STRINGs and the
     * key's BIT STRING.
     */
    function waysToWrite(
      bytes: Uint8Array,
      change: (value: Der, body: Uint8Array) => Uint8Array | undefined,
    ): Uint8Array[] {
      const value = readDer(bytes);
      const head = value.tag === 0x03 ? value.content.subarray(0, 1) : new Uint8Array();
      const inner = innerOf(value);
      const ways = inner.flatMap((child, index) =>
        waysToWrite(child, change).map((way) =>
          der(value.tag, head, ...inner.slice(0, index), way, ...inner.slice(index + 1)),
        ),
      );
      const own = change(value, value.content);
      return own === undefined ? ways : [own, ...ways];
    }
    function innerOf({ tag, content, children }: Der): Uint8Array[] {
      if (children.length > 0) return children.map((child) => child.bytes);
      if (tag !== 0x04 && tag !== 0x03) return [];
      try {
        return [readDer(tag === 0x03 ? content.subarray(1) : content).bytes];
      } catch {
        return [];
      }
    }

    it("is accepted unchanged", () => {
      judgeContent.certificate(full);
      judgeContent.list(listed);
    });
    for (const [what, change] of Object.entries(lenient)) {
      it(`is refused with ${what} at any place of a certificate`, () => {
        const ways = waysToWrite(full, change);
        assert.ok(ways.length > 0);
        for (const way of ways)
          assert.throws(
            () => judgeContent.certificate(way),
            { name: "TrustError", code: "certificate-invalid", message: /does not parse/ },
            Buffer.from(way).toString("hex"),
          );
      });
      it(`is refused with ${what} at any place of a revocation list`, () => {
        for (const way of waysToWrite(listed, change))
          assert.throws(
            () => judgeContent.list(way),
            { name: "TrustError", code: "revocation-list-invalid", message: /does not parse/ },
            Buffer.from(way).toString("hex"),
          );
      });
    }
    it("is refused with an encoded default, or trailing zero bits", () => {
      const notCa = sequence(der(0x01, Buffer.of(0)));
      const notCritical = sequence(
        der(0x06, Buffer.from("551d25", "hex")),
        der(0x01, Buffer.of(0)),
        der(0x04, sequence(der(0x06, Buffer.from("2b06010505070301", "hex")))),
      );
      for (const wrong of [
        { constraints: extension("2.5.29.19", notCa, true) },
        { extendedUsage: notCritical },
        { usage: extension("2.5.29.15", der(0x03, Buffer.of(0, 0x80)), true) },
      ])
        assert.throws(() => judge(withServer({ extensions: serverExtensions(wrong) })), {
          code: "certificate-invalid",
        });
    });
  });
});
