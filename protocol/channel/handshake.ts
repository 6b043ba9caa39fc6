/**
 * The authentication phase, messages 1.0 to 1.2: Noise XX with hybrid forward secrecy; the payloads carry the
 * identities of both ends. Functions from state and bytes to state and bytes; the caller handles sockets and
 * deadlines. Messages have no u32 prefix here: `frame(message)` adds it, FrameReader removes it.
 * The server proves its identity first (certificate chain, and the certificate's signature over its Noise
 * static key). Only then does the client send its name, sealed for that server. The client proves its
 * identity key by a signature over the handshake hash, which is unique to the connection, so that the
 * signature cannot be reused on another one.
 */
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { ProtocolError, TrustError } from "../errors.ts";
import { type Trust, verifyServerChain, verifyStaticKey } from "../identity/certificate.ts";
import { type Identity, verifyIdentity } from "../identity/identity.ts";
import {
  IDENTITY_KEY_BYTES,
  INVITE_TOKEN_BYTES,
  MAX_KEEP_ALIVE_MS,
  MAX_SEALED_BYTES,
  MAX_SOFTWARE_CHARACTERS,
} from "../limits.ts";
import { parseUsername, type Username } from "../names.ts";
import { hasFewFields } from "../wire/few-fields.ts";
import { ClientHelloSchema, LimitsSchema, ServerHelloSchema } from "../wire/parley_pb.ts";
import { Channel } from "./channel.ts";
import { HandshakeState } from "./noise.ts";
import { decodeRun, encodeRun, type ServerRun } from "./server-run.ts";
import { generateKeyPair, type KeyPair } from "./x25519.ts";

const NOISE_PROTOCOL = "Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256";
const PROLOGUE = Buffer.from("parley/1", "ascii");
const EMPTY = new Uint8Array(0);
// Printable ASCII only, because it is logged.
const SOFTWARE = new RegExp(`^[\\x20-\\x7e]{0,${MAX_SOFTWARE_CHARACTERS}}$`);

/** A server's limits, announced in 1.1. */
interface ServerLimits {
  /** Largest `sealed` in a SealedMessage, bytes. */
  readonly maxSealedBytes: number;
  /** How often the server expects to hear from the client, milliseconds. */
  readonly keepAliveMs: number;
  /** How long mail waits before it is dropped; 0: the server does not say. */
  readonly mailboxDays: number;
  /** 0: the server keeps no blobs. */
  readonly maxBlobBytes: number;
}

export interface ClientHandshakeOptions {
  readonly trust: Trust;
  /** The name or address that was dialled: the certificate must be for it. */
  readonly host: string;
  readonly name: Username;
  readonly identity: Identity;
  /** First visit only: INVITE_TOKEN_BYTES. */
  readonly inviteToken?: Uint8Array | undefined;
  /** For the server's logs, at most MAX_SOFTWARE_CHARACTERS of printable ASCII. */
  readonly software?: string | undefined;
  /** Default: the current time. */
  readonly now?: Date;
}

/** The facts about the server that the client has checked after 1.1. */
export interface ServerFacts {
  readonly limits: ServerLimits;
  readonly software: string;
  /** undefined: the server does not say. */
  readonly run: ServerRun | undefined;
  /** Number of the revocation list; the next connection accepts no lower one. */
  readonly crlNumber: bigint;
  /** When the certificate ends. */
  readonly expiresAt: Date;
}

/** The client's side of one connection. After a failure it is unusable. */
export class ClientHandshake {
  readonly #options: ClientHandshakeOptions;
  readonly #noise: HandshakeState;

  constructor(options: ClientHandshakeOptions) {
    this.#options = options;
    // A static key for this connection alone: only the identity key is permanent, so nobody can link
    // connections by this one.
    this.#noise = new HandshakeState(NOISE_PROTOCOL, {
      initiator: true,
      prologue: PROLOGUE,
      s: generateKeyPair(),
    });
  }

  /** Makes message 1.0. */
  start(): Uint8Array {
    return this.#noise.writeMessage(EMPTY);
  }

  /**
   * Checks 1.1 and, only if the server proves its identity, makes 1.2.
   * @param message 1.1; foreign bytes
   * @throws ProtocolError "bad-handshake"; TrustError for the first fault found in the server's proof
   */
  answer(message: Uint8Array): {
    readonly message: Uint8Array;
    readonly channel: Channel;
    readonly server: ServerFacts;
  } {
    const server = this.#judge(this.#noise.readMessage(message));
    const { name, identity, inviteToken, software } = this.#options;
    const message12 = this.#noise.writeMessage((hash) =>
      toBinary(
        ClientHelloSchema,
        create(ClientHelloSchema, {
          name,
          identityKey: identity.publicKey,
          signature: identity.sign("parley/1 client", signInContent(name, hash)),
          inviteToken: inviteToken ?? EMPTY,
          software: software ?? "",
        }),
      ),
    );
    return { message: message12, channel: new Channel(this.#noise.split()), server };
  }

  #judge(payload: Uint8Array): ServerFacts {
    const hello = parse(ServerHelloSchema, payload, "1.1");
    const { trust, host, now } = this.#options;
    const verified = verifyServerChain(hello, trust, host, now ?? new Date());
    const staticKey = this.#noise.remoteStaticKey ?? EMPTY;
    if (!verifyStaticKey(verified, staticKey, hello.staticKeySignature))
      throw new TrustError(
        "server-key-unproven",
        "The server's certificate does not vouch for the key it uses",
      );
    const { maxSealedBytes = 0, keepAliveMs = 0, mailboxDays = 0, maxBlobBytes = 0 } = hello.limits ?? {};
    requireThat(
      maxSealedBytes > 0 && keepAliveMs > 0 && keepAliveMs <= MAX_KEEP_ALIVE_MS,
      "1.1: limits out of range",
    );
    requireThat(SOFTWARE.test(hello.software), "1.1: software");
    const run = decodeRun(hello);
    requireThat(run !== "bad", "1.1: run");
    return {
      limits: {
        maxSealedBytes: Math.min(maxSealedBytes, MAX_SEALED_BYTES),
        keepAliveMs,
        mailboxDays,
        maxBlobBytes,
      },
      software: hello.software,
      run,
      crlNumber: verified.crlNumber,
      expiresAt: verified.expiresAt,
    };
  }
}

/** The server's proof of identity, issued by its CA. */
export interface ServerCredentials {
  /** DER; the server's own certificate first, the CA's last. */
  readonly certificates: Uint8Array[];
  /** DER */
  readonly revocationList: Uint8Array;
  readonly staticKey: KeyPair;
  /** Signature with the certificate's key over staticKeyContent(staticKey.publicKey). */
  readonly staticKeySignature: Uint8Array;
}

/** Pass the same object for as long as it is valid: its encoded forms are cached. */
export interface ServerHandshakeOptions {
  readonly credentials: ServerCredentials;
  readonly limits: ServerLimits;
  /** For the client's logs, at most MAX_SOFTWARE_CHARACTERS of printable ASCII. */
  readonly software: string;
  readonly run?: ServerRun;
}

/**
 * The claimed identity of a client. The signature shows that the client holds `identityKey`; the directory
 * decides whether name and key belong together.
 */
export interface ClientFacts {
  readonly name: Username;
  /** 32 bytes */
  readonly identityKey: Uint8Array;
  /** INVITE_TOKEN_BYTES, on the first visit. */
  readonly inviteToken?: Uint8Array;
  readonly software: string;
}

/** The server's side of one connection. After a failure it is unusable. */
export class ServerHandshake {
  readonly #options: ServerHandshakeOptions;
  readonly #noise: HandshakeState;

  constructor(options: ServerHandshakeOptions) {
    this.#options = options;
    const s = options.credentials.staticKey;
    this.#noise = new HandshakeState(NOISE_PROTOCOL, { initiator: false, prologue: PROLOGUE, s });
  }

  /**
   * Reads 1.0 and makes 1.1.
   * @param message 1.0; foreign bytes.
   * @returns message 1.1.
   * @throws ProtocolError "bad-handshake"
   */
  answer(message: Uint8Array): Uint8Array {
    requireThat(this.#noise.readMessage(message).length === 0, "1.0 has a payload");
    return this.#noise.writeMessage(serverHello(this.#options));
  }

  /**
   * Reads 1.2.
   * @param message 1.2; foreign bytes
   * @throws ProtocolError "bad-handshake"; TrustError "identity-mismatch" when the signature is not the
   * identity key's
   */
  finish(message: Uint8Array): { readonly channel: Channel; readonly client: ClientFacts } {
    const hello = parse(ClientHelloSchema, this.#noise.readMessage(message), "1.2");
    const { identityKey, inviteToken, signature, software } = hello;
    const name = parseUsername(hello.name);
    requireThat(name !== undefined, "1.2: name");
    requireThat(identityKey.length === IDENTITY_KEY_BYTES, "1.2: identity key");
    requireThat(inviteToken.length === 0 || inviteToken.length === INVITE_TOKEN_BYTES, "1.2: invite token");
    requireThat(SOFTWARE.test(software), "1.2: software");
    // Checked before any lookup, so that this error does not depend on which names exist.
    if (
      !verifyIdentity(identityKey, "parley/1 client", signInContent(name, this.#noise.payloadHash), signature)
    )
      throw new TrustError("identity-mismatch", "1.2 is not signed by the identity key it carries");
    const client = { name, identityKey, software, ...(inviteToken.length > 0 ? { inviteToken } : {}) };
    return { channel: new Channel(this.#noise.split()), client };
  }
}

/** Encoded once for all handshakes with the same options, as it is some kilobytes. */
const hellos = new WeakMap<ServerHandshakeOptions, Uint8Array>();

/** Encodes the payload of 1.1. */
function serverHello(options: ServerHandshakeOptions): Uint8Array {
  const encoded = hellos.get(options);
  if (encoded !== undefined) return encoded;
  const { certificates, revocationList, staticKeySignature } = options.credentials;
  const limits = create(LimitsSchema, { ...options.limits });
  const { software } = options;
  const run = encodeRun(options.run);
  const hello = toBinary(
    ServerHelloSchema,
    create(ServerHelloSchema, { certificates, revocationList, staticKeySignature, limits, software, ...run }),
  );
  hellos.set(options, hello);
  return hello;
}

/** Returns the content that a client signs in 1.2: name | 0x00 | handshake hash. */
function signInContent(name: Username, hash: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${name}\0`, "ascii"), hash]);
}

function parse<Schema extends DescMessage>(
  schema: Schema,
  payload: Uint8Array,
  which: string,
): MessageShape<Schema> {
  try {
    if (!hasFewFields(payload)) throw new Error("too many fields");
    return fromBinary(schema, payload);
  } catch (cause) {
    throw new ProtocolError("bad-handshake", `the payload of ${which} does not parse`, { cause });
  }
}

function requireThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ProtocolError("bad-handshake", what);
}
