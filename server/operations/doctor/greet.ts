/**
 * Exchanges messages 1.0 and 1.1 as a stranger: identifies the server at an address without revealing an
 * account.
 */
import { connect } from "node:net";
import { ClientHandshake } from "../../../protocol/channel/handshake.ts";
import { Identity } from "../../../protocol/identity/identity.ts";
import { MAX_HANDSHAKE_FRAME_BYTES } from "../../../protocol/limits.ts";
import { username } from "../../../protocol/names.ts";
import { FrameReader, frame } from "../../../protocol/wire/frame.ts";
import { LOCAL_HEADER } from "../../gateway/proxy/header.ts";
import { words } from "../../words/words.ts";

const DEADLINE_MS = 10_000;

/** A placeholder: 1.2, which would carry it, is never sent. */
const NOBODY = username("nobody");

/**
 * Resolves if a Parley server answers that authenticates as `host` by this CA.
 * @param asBalancer if the server treats us as a load balancer: first sends the header of a health check
 * @throws TrustError for another server; ProtocolError if it is not a Parley server; the socket's Error if
 * nothing answers
 */
export function greet(
  host: string,
  port: number,
  caFingerprint: Uint8Array,
  asBalancer = false,
): Promise<void> {
  const identity = Identity.generate();
  const handshake = new ClientHandshake({ host, trust: { caFingerprint }, name: NOBODY, identity });
  const reader = new FrameReader(MAX_HANDSHAKE_FRAME_BYTES);
  const socket = connect({ host, port, noDelay: true });
  return new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(
      () => reject(new Error(words.doctor.reach.noAnswer(DEADLINE_MS / 1000))),
      DEADLINE_MS,
    );
    socket.on("connect", () => {
      if (asBalancer) socket.write(LOCAL_HEADER);
      socket.write(frame(handshake.start()));
    });
    socket.on("data", (chunk: Uint8Array) => {
      try {
        const [message] = reader.push(chunk, 1);
        if (message === undefined) return;
        handshake.answer(message);
        resolve();
      } catch (error) {
        reject(error);
      }
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(deadline);
      reject(new Error(words.doctor.reach.closed));
    });
  }).finally(() => socket.destroy());
}
