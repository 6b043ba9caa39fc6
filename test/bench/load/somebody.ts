/** A person who signs in whenever asked to: a real handshake, real records, without the layers above. */
import type { Line } from "../../../protocol/channel/line.ts";
import { openLine } from "../../../protocol/client/connection.ts";
import { Identity } from "../../../protocol/identity/identity.ts";
import { parseInvite } from "../../../protocol/identity/invite.ts";
import { newMessageId, type Username, username } from "../../../protocol/names.ts";
import type { Envelope } from "../../../protocol/wire/batch.ts";
import { Opcode } from "../../../protocol/wire/parley_pb.ts";

/** Returns an unused name. */
export function someName(): Username {
  return username(`guest-${newMessageId().slice(0, 16)}`);
}

export class Somebody {
  readonly name: Username;
  readonly identity = Identity.generate();
  readonly #invite: ReturnType<typeof parseInvite>;
  #enrolled = false;

  constructor(link: string, name: Username) {
    this.name = name;
    this.#invite = parseInvite(link);
  }

  /** The fingerprint of the server's CA. */
  get server(): Uint8Array {
    return this.#invite.caFingerprint;
  }

  /**
   * Signs in. Resolves once 1.3 has arrived; later messages go to `onEnvelope`
   * @throws Error when the server refuses
   */
  async signIn(onEnvelope: (envelope: Envelope, line: Line) => void): Promise<Line> {
    const { host, port, caFingerprint, token } = this.#invite;
    const { name, identity } = this;
    const inviteToken = this.#enrolled ? undefined : token;
    const options = { trust: { caFingerprint }, host, name, identity, inviteToken };
    const { line } = await openLine(port, options, new AbortController().signal);
    return new Promise((resolve, reject) => {
      line.once("end", ({ type }) => reject(new Error(`${name} did not get in: ${type}`)));
      line.on("message", (envelope) => {
        if (envelope.opcode === Opcode.LIST && envelope.id === 0) {
          this.#enrolled = true;
          resolve(line);
        } else onEnvelope(envelope, line);
      });
    });
  }
}
