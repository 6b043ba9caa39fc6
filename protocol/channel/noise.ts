/**
 * The Noise handshake (Noise rev 34 §5.3): a function from state and bytes to state and bytes, driven by the
 * token tables of patterns.ts. No sockets, no timers. Suite 25519 / AESGCM / SHA256, with the hfs extension
 * (Noise HFS rev 1) over ML-KEM-768.
 */
import { ProtocolError, UsageError } from "../errors.ts";
import type { CipherState } from "./cipher.ts";
import { KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_KEY_BYTES, type KemKeyPair, kem } from "./kem.ts";
import { type DhToken, type Pattern, patternOf, type Token } from "./patterns.ts";
import { SymmetricState } from "./symmetric-state.ts";
import {
  DH_BYTES,
  dh,
  generateKeyPair,
  type KeyPair,
  keyPairFromPrivate,
  type PublicKey,
  readPublicKey,
} from "./x25519.ts";

/** Noise rev 34 §3. */
const MAX_MESSAGE_BYTES = 65_535;
const EMPTY = new Uint8Array(0);

export interface HandshakeOptions {
  readonly initiator: boolean;
  /** Both sides must pass the same, or the first encrypted part fails. Default: empty. */
  readonly prologue?: Uint8Array;
  /** Our static key, or its 32 private bytes. Required where the pattern uses one for this role. */
  readonly s?: KeyPair | Uint8Array;
  /**
   * The other side's static public key, 32 bytes. Required exactly where the pattern says it is known
   * beforehand.
   */
  readonly rs?: Uint8Array;
  /** A fixed ephemeral key, for test vectors only: using it twice would expose the conversation. */
  readonly dangerousTestOnlyEphemeral?: KeyPair | Uint8Array;
}

/**
 * The two directions after the handshake. In a one-way pattern only initiator to responder works; the other
 * is discarded (§7.4).
 */
export interface Transport {
  readonly send: CipherState;
  readonly receive: CipherState;
}

/** The payload, or a function that makes it from h (32 bytes) at the moment when the payload is sealed. */
export type Payload = Uint8Array | ((hash: Uint8Array) => Uint8Array);

/**
 * One side of one handshake. A message that fails, in either direction, makes the state unusable: every later
 * call throws UsageError "wrong-state". A call out of turn throws the same and changes nothing.
 */
export class HandshakeState {
  readonly #symmetric: SymmetricState;
  readonly #pattern: Pattern;
  readonly #initiator: boolean;
  readonly #s: KeyPair | undefined;
  #e: KeyPair | undefined;
  #e1: KemKeyPair | undefined;
  #rs: PublicKey | undefined;
  #re: PublicKey | undefined;
  #re1: Uint8Array | undefined;
  readonly #fixedEphemeral: KeyPair | undefined;
  #payloadHash: Uint8Array = EMPTY;
  /** Messages written and read. */
  #done = 0;
  #dead = false;
  #split = false;

  /** @throws UsageError "bad-argument" for a protocol that is not offered, and for keys the pattern needs or cannot use. */
  constructor(protocolName: string, options: HandshakeOptions) {
    this.#pattern = patternOf(protocolName);
    this.#initiator = options.initiator;
    this.#s = keyPair(options.s);
    this.#rs = options.rs && readStaticKey(options.rs);
    this.#fixedEphemeral = keyPair(options.dangerousTestOnlyEphemeral);
    this.#checkKeys(protocolName);
    this.#symmetric = new SymmetricState(protocolName);
    this.#symmetric.mixHash(options.prologue ?? EMPTY);
    const { preMessages } = this.#pattern;
    for (const _ of preMessages.initiator) this.#symmetric.mixHash(this.#staticKeyOf(true));
    for (const _ of preMessages.responder) this.#symmetric.mixHash(this.#staticKeyOf(false));
  }

  /** True once the last message has been written or read. */
  get finished(): boolean {
    return !this.#dead && this.#done === this.#pattern.messages.length;
  }

  /** True when this side writes the next message. */
  get myTurn(): boolean {
    return !this.#dead && !this.finished && (this.#done % 2 === 0) === this.#initiator;
  }

  /**
   * The other side's static public key, 32 bytes, once known. The other side proves that it holds the key
   * only by the messages that follow.
   */
  get remoteStaticKey(): Uint8Array | undefined {
    return this.#rs?.bytes;
  }

  /** h at the time when the last payload was sealed, 32 bytes: a signature inside that payload covers it. */
  get payloadHash(): Uint8Array {
    return Uint8Array.from(this.#payloadHash);
  }

  /**
   * The final h, 32 bytes: the same on both sides and unique to the connection (§11.2).
   * @throws UsageError "wrong-state" before the end.
   */
  get handshakeHash(): Uint8Array {
    if (!this.finished) throw new UsageError("wrong-state", "the handshake is not finished");
    return Uint8Array.from(this.#symmetric.hash);
  }

  /**
   * WriteMessage. The protection of the payload depends on pattern and message (§7.7).
   * @returns at most 65535 bytes.
   * @throws UsageError "wrong-state", "too-large"; ProtocolError "bad-handshake" for an invalid key of the
   * other side.
   */
  writeMessage(payload: Payload): Uint8Array {
    if (!this.myTurn) throw new UsageError("wrong-state", "it is not this side's turn to write");
    return this.#advance((tokens) => {
      const parts = tokens.map((token) => this.#write(token));
      this.#payloadHash = this.#symmetric.hash;
      const content = typeof payload === "function" ? payload(this.payloadHash) : payload;
      const message = Buffer.concat([...parts, this.#symmetric.encryptAndHash(content)]);
      if (message.length > MAX_MESSAGE_BYTES)
        throw new UsageError("too-large", `a handshake message has at most ${MAX_MESSAGE_BYTES} bytes`);
      return message;
    });
  }

  /**
   * ReadMessage.
   * @param message foreign bytes; not changed.
   * @returns the payload, in a new buffer.
   * @throws UsageError "wrong-state"; ProtocolError "bad-handshake" for anything that does not parse or authenticate.
   */
  readMessage(message: Uint8Array): Uint8Array {
    if (this.#dead || this.finished || this.myTurn)
      throw new UsageError("wrong-state", "it is not this side's turn to read");
    return this.#advance((tokens) => {
      try {
        if (message.length > MAX_MESSAGE_BYTES)
          throw new ProtocolError("bad-handshake", `a handshake message of ${message.length} bytes`);
        const reader = new Cursor(message);
        for (const token of tokens) this.#read(token, reader);
        this.#payloadHash = this.#symmetric.hash;
        return this.#symmetric.decryptAndHash(reader.rest());
      } catch (cause) {
        if (cause instanceof ProtocolError && cause.code === "bad-handshake") throw cause;
        throw new ProtocolError("bad-handshake", "a handshake message does not authenticate", { cause });
      }
    });
  }

  /**
   * Split(): returns the keys of the two directions. Only once:
   * @throws UsageError "wrong-state" before the end and the second time.
   */
  split(): Transport {
    if (!this.finished || this.#split)
      throw new UsageError("wrong-state", "a finished handshake splits once");
    this.#split = true;
    const [toResponder, toInitiator] = this.#symmetric.split();
    if (this.#pattern.messages.length === 1) toInitiator.discard();
    return this.#initiator
      ? { send: toResponder, receive: toInitiator }
      : { send: toInitiator, receive: toResponder };
  }

  /**
   * Processes one message. The state is unusable until it succeeds, so that nothing builds on half a message.
   */
  #advance(work: (tokens: readonly Token[]) => Uint8Array): Uint8Array {
    const tokens = this.#pattern.messages[this.#done] ?? [];
    this.#dead = true;
    const result = work(tokens);
    this.#dead = false;
    this.#done += 1;
    if (this.finished) this.#e = this.#e1 = this.#re1 = undefined; // Forward secrecy: no copy remains here.
    return result;
  }

  #write(token: Token): Uint8Array {
    switch (token) {
      case "e":
        this.#e = this.#fixedEphemeral ?? generateKeyPair();
        this.#symmetric.mixHash(this.#e.publicKey);
        return this.#e.publicKey;
      case "s":
        return this.#symmetric.encryptAndHash(known(this.#s).publicKey);
      case "e1":
        this.#e1 = kem.generateKeyPair();
        return this.#symmetric.encryptAndHash(this.#e1.publicKey);
      case "ekem1": {
        const { ciphertext, sharedSecret } = kem.encapsulate(known(this.#re1));
        const sealed = this.#symmetric.encryptAndHash(ciphertext);
        this.#symmetric.mixKey(sharedSecret);
        return sealed;
      }
      case "ee":
      case "es":
      case "se":
      case "ss":
        this.#symmetric.mixKey(this.#dh(token));
        return EMPTY;
    }
  }

  #read(token: Token, message: Cursor): void {
    const symmetric = this.#symmetric;
    switch (token) {
      case "e":
        this.#re = readPublicKey(message.take(DH_BYTES));
        symmetric.mixHash(this.#re.bytes);
        return;
      case "s":
        this.#rs = readPublicKey(symmetric.decryptAndHash(message.take(DH_BYTES + symmetric.overhead)));
        return;
      case "e1":
        this.#re1 = symmetric.decryptAndHash(message.take(KEM_PUBLIC_KEY_BYTES + symmetric.overhead));
        return;
      case "ekem1": {
        const ciphertext = symmetric.decryptAndHash(message.take(KEM_CIPHERTEXT_BYTES + symmetric.overhead));
        symmetric.mixKey(known(this.#e1).decapsulate(ciphertext));
        return;
      }
      case "ee":
      case "es":
      case "se":
      case "ss":
        symmetric.mixKey(this.#dh(token));
        return;
    }
  }

  /** The first letter names the initiator's key, the second the responder's. */
  #dh(token: DhToken): Uint8Array {
    const [initiators, responders] = token;
    const [ours, theirs] = this.#initiator ? [initiators, responders] : [responders, initiators];
    return dh(known(ours === "e" ? this.#e : this.#s), known(theirs === "e" ? this.#re : this.#rs));
  }

  /** Only for static keys the pattern says are known beforehand. */
  #staticKeyOf(initiator: boolean): Uint8Array {
    return initiator === this.#initiator ? known(this.#s).publicKey : known(this.#rs).bytes;
  }

  #checkKeys(protocolName: string): void {
    const { preMessages, messages } = this.#pattern;
    const [ours, theirs] = this.#initiator
      ? [preMessages.initiator, preMessages.responder]
      : [preMessages.responder, preMessages.initiator];
    const sends = messages.some(
      (tokens, index) => (index % 2 === 0) === this.#initiator && tokens.includes("s"),
    );
    if ((ours.length > 0 || sends) && this.#s === undefined)
      throw new UsageError("bad-argument", `${protocolName} needs our static key in this role`);
    // A key given for comparison would be silently replaced by the one in the message.
    if (theirs.length > 0 !== (this.#rs !== undefined))
      throw new UsageError(
        "bad-argument",
        `${protocolName} takes the other side's static key exactly where it is known before`,
      );
  }
}

/** Reads a message from the front. */
class Cursor {
  #rest: Uint8Array;

  constructor(message: Uint8Array) {
    this.#rest = message;
  }

  /**
   * Takes `length` bytes.
   * @returns a copy, so that a kept value does not change with the caller's buffer.
   */
  take(length: number): Uint8Array {
    if (this.#rest.length < length)
      throw new ProtocolError("bad-handshake", "a handshake message is cut short");
    const taken = Uint8Array.from(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  rest(): Uint8Array {
    return this.take(this.#rest.length);
  }
}

function readStaticKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== DH_BYTES)
    throw new UsageError("bad-argument", `a static public key has ${DH_BYTES} bytes, not ${bytes.length}`);
  return readPublicKey(bytes);
}

function keyPair(key: KeyPair | Uint8Array | undefined): KeyPair | undefined {
  return key instanceof Uint8Array ? keyPairFromPrivate(key) : key;
}

/**
 * Asserts that a key is known. The tables are valid patterns (§7.3), so a token never names a missing key.
 */
function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new UsageError("wrong-state", "the pattern uses a key before it is known");
  return value;
}
