/**
 * The header of the PROXY protocol, version 2 (haproxy's proxy-protocol.txt, section 2.2), which a load
 * balancer sends before a connection's bytes to name the client. TCP over IPv4 and IPv6 only; anything after
 * the addresses is skipped.
 */
import { ParleyError } from "../../../protocol/errors.ts";

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const HEAD_BYTES = SIGNATURE.length + 4;
/** For addresses and extensions together, section 2.2: even a verbose balancer needs only some hundred. */
const MAX_BODY_BYTES = 4096;

/** Version and command, one byte. */
const LOCAL = 0x20;
const PROXY = 0x21;
/**
 * Keyed by family and transport, one byte: the length of an address. The body has two addresses and two
 * ports.
 */
const ADDRESS_BYTES: Readonly<Record<number, 4 | 16>> = { 17: 4, 33: 16 };
const PORTS_BYTES = 4;

/** Sent by a balancer's health check. */
export const LOCAL_HEADER: Uint8Array = Buffer.concat([SIGNATURE, Buffer.of(LOCAL, 0, 0, 0)]);

export type ProxyHeader =
  /** The client's address as the balancer reports it. */
  | { readonly type: "proxied"; readonly address: string }
  /** The balancer's own connection, to check that the server is alive. */
  | { readonly type: "local" };

export class ProxyHeaderError extends ParleyError {
  readonly code = "bad-proxy-header";
}

export class ProxyHeaderReader {
  readonly #head = new Uint8Array(HEAD_BYTES);
  #headFilled = 0;
  /** Allocated once the head is known to be valid. */
  #body: Uint8Array | undefined;
  #bodyFilled = 0;

  /**
   * Adds bytes.
   * @param chunk the next bytes of the stream, of any length
   * @returns the header and the bytes after it, once it is complete; undefined before
   * @throws ProxyHeaderError at the first invalid byte
   */
  push(chunk: Uint8Array): { readonly header: ProxyHeader; readonly rest: Uint8Array } | undefined {
    const ofHead = chunk.subarray(0, HEAD_BYTES - this.#headFilled);
    this.#head.set(ofHead, this.#headFilled);
    this.#headFilled += ofHead.length;
    this.#checkHead();
    if (this.#headFilled < HEAD_BYTES) return undefined;
    this.#body ??= new Uint8Array(this.#bodyLength());
    const ofBody = chunk.subarray(ofHead.length, ofHead.length + this.#body.length - this.#bodyFilled);
    this.#body.set(ofBody, this.#bodyFilled);
    this.#bodyFilled += ofBody.length;
    if (this.#bodyFilled < this.#body.length) return undefined;
    return { header: this.#header(this.#body), rest: chunk.subarray(ofHead.length + ofBody.length) };
  }

  get #command(): number | undefined {
    return this.#headFilled > SIGNATURE.length ? this.#head[SIGNATURE.length] : undefined;
  }

  get #addressBytes(): 4 | 16 | undefined {
    return ADDRESS_BYTES[this.#head[SIGNATURE.length + 1] ?? 0];
  }

  /** Checks the part of the head that has arrived. */
  #checkHead(): void {
    const signature = this.#head.subarray(0, Math.min(this.#headFilled, SIGNATURE.length));
    if (SIGNATURE.compare(signature, 0, signature.length, 0, signature.length) !== 0)
      throw new ProxyHeaderError("no PROXY protocol version 2");
    const command = this.#command;
    if (command !== undefined && command !== LOCAL && command !== PROXY)
      throw new ProxyHeaderError(`version and command ${command}`);
    if (this.#headFilled > SIGNATURE.length + 1 && command === PROXY && this.#addressBytes === undefined)
      throw new ProxyHeaderError("neither TCP over IPv4 nor over IPv6");
  }

  #bodyLength(): number {
    const length = Buffer.from(this.#head.buffer).readUInt16BE(HEAD_BYTES - 2);
    if (length > MAX_BODY_BYTES) throw new ProxyHeaderError(`${length} bytes, ${MAX_BODY_BYTES} are allowed`);
    const least = this.#command === PROXY ? 2 * (this.#addressBytes ?? 0) + PORTS_BYTES : 0;
    if (length < least) throw new ProxyHeaderError(`${length} bytes, too few for its addresses`);
    return length;
  }

  #header(body: Uint8Array): ProxyHeader {
    // Its family and addresses are ignored, section 2.2.
    if (this.#command === LOCAL) return { type: "local" };
    const source = Buffer.from(body.subarray(0, this.#addressBytes));
    return { type: "proxied", address: source.length === 4 ? source.join(".") : ipv6(source) };
  }
}

/**
 * Formats an address as the system does, but without compressing zeros; an IPv4-mapped address in IPv4 form.
 */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  return groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff"
    ? `::ffff:${bytes.subarray(12).join(".")}`
    : groups.join(":");
}
