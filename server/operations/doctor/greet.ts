/** Messages 1.0 and 1.1 as a stranger: identifies the server at an address, and tells it nothing. */
import { connect } from "node:net";
import { ClientHandshake } from "../../../protocol/channel/handshake.ts";
import { Identity } from "../../../protocol/identity/identity.ts";
import { MAX_HANDSHAKE_FRAME_BYTES } from "../../../protocol/limits.ts";
import { username } from "../../../protocol/names.ts";
import { FrameReader, frame } from "../../../protocol/wire/frame.ts";
import { LOCAL_HEADER } from "../../gateway/proxy/header.ts";
import { words } from "../../words/words.ts";

const DEADLINE_MS = 10_000;

/** Nobody's: 1.2, which would carry it, is never sent. */
const NOBODY = username("nobody");

/**
 * Resolves where a Parley server answers that proves itself for `host` by this CA.
 * @param asBalancer where the server takes us for a load balancer: says first, as those do, that it is only a check
 * @throws TrustError where it is another server; ProtocolError where it is no Parley server; the socket's Error where nothing answers
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
