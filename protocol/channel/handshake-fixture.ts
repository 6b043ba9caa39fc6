/**
 * Two ends of a handshake for tests, with a CA and a server certificate made beforehand, since RSA keys take
 * long to generate.
 */
import { readFileSync } from "node:fs";
import { ProtocolError, UsageError } from "../errors.ts";
import { Identity } from "../identity/identity.ts";
import { MAX_SEALED_BYTES } from "../limits.ts";
import { username } from "../names.ts";
import {
  ClientHandshake,
  type ClientHandshakeOptions,
  type ServerCredentials,
  ServerHandshake,
  type ServerHandshakeOptions,
} from "./handshake.ts";
import { keyPairFromPrivate } from "./x25519.ts";

export const stored = JSON.parse(
  readFileSync(new URL("../../test/vectors/server-credentials.json", import.meta.url), "utf8"),
) as {
  readonly certificates: readonly string[];
  readonly caFingerprint: string;
  readonly revocationList: string;
  readonly olderRevocationList: string;
  readonly revocationListNamingTheServer: string;
  readonly staticPrivateKey: string;
  readonly staticKeySignature: string;
};
export const credentials: ServerCredentials = {
  certificates: stored.certificates.map(base64),
  revocationList: base64(stored.revocationList),
  staticKey: keyPairFromPrivate(base64(stored.staticPrivateKey)),
  staticKeySignature: base64(stored.staticKeySignature),
};
export const alice = Identity.generate();
const NOW = new Date("2030-01-01T00:00:00Z");
export const LIMITS = {
  maxSealedBytes: MAX_SEALED_BYTES,
  keepAliveMs: 30_000,
  mailboxDays: 30,
  maxBlobBytes: 0,
};

export function ends(
  client: Partial<ClientHandshakeOptions> = {},
  server: Partial<ServerHandshakeOptions> = {},
) {
  return {
    client: new ClientHandshake({
      trust: { caFingerprint: base64(stored.caFingerprint) },
      host: "parley.test",
      name: username("alice"),
      identity: alice,
      now: NOW,
      ...client,
    }),
    server: new ServerHandshake({ credentials, limits: LIMITS, software: "parley-server 1", ...server }),
  };
}

export function run(client: ClientHandshake, server: ServerHandshake) {
  return finish(client, server, client.start());
}

export function finish(client: ClientHandshake, server: ServerHandshake, first: Uint8Array) {
  const answered = client.answer(server.answer(first));
  return { answered, finished: server.finish(answered.message) };
}

export function base64(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}
export function badHandshake(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "bad-handshake";
}
export function wrongState(error: unknown): boolean {
  return error instanceof UsageError && error.code === "wrong-state";
}
