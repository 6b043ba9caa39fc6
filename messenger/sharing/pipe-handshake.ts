/**
 * Proves to both ends of a pipe that the other can read the endpoint file, before either sends anything else. So a program that has taken
 * the pipe's name, or connects to the pipe without the secret, learns nothing.
 *
 *     follower → leader   32 random bytes
 *     leader → follower   32 random bytes | HMAC-SHA256(token, "leader" | both)
 *     follower → leader   HMAC-SHA256(token, "follower" | both)
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { FrameReader, frame } from "../../protocol/wire/frame.ts";

export const TOKEN_BYTES = 32;
const NONCE_BYTES = 32;
const PROOF_BYTES = 32;
const NOTHING = new Uint8Array(0);
/** Milliseconds for the handshake: enough for a busy window, and short enough that a silent one does not delay others for long. */
const DEADLINE_MS = 5_000;

type Role = "leader" | "follower";

/** @returns the reader of the following messages. @throws Error, with the socket destroyed */
export function greetAsFollower(socket: Socket, token: Uint8Array): Promise<FrameReader> {
  return within(socket, async (reader) => {
    const mine = randomBytes(NONCE_BYTES);
    socket.write(frame(mine));
    const answer = await nextFrame(socket, reader);
    const nonces = Buffer.concat([mine, answer.subarray(0, NONCE_BYTES)]);
    check(token, "leader", nonces, answer.subarray(NONCE_BYTES));
    socket.write(frame(proof(token, "follower", nonces)));
  });
}

/** @returns the reader of the following messages. @throws Error, with the socket destroyed */
export function greetAsLeader(socket: Socket, token: Uint8Array): Promise<FrameReader> {
  return within(socket, async (reader) => {
    const theirs = await nextFrame(socket, reader);
    const mine = randomBytes(NONCE_BYTES);
    const nonces = Buffer.concat([theirs, mine]);
    socket.write(frame(Buffer.concat([mine, proof(token, "leader", nonces)])));
    check(token, "follower", nonces, await nextFrame(socket, reader));
  });
}

async function within(socket: Socket, greet: (reader: FrameReader) => Promise<void>): Promise<FrameReader> {
  const reader = new FrameReader(NONCE_BYTES + PROOF_BYTES);
  const deadline = setTimeout(() => socket.destroy(), DEADLINE_MS);
  try {
    await greet(reader);
    return reader;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

function proof(token: Uint8Array, role: Role, nonces: Uint8Array): Buffer {
  return createHmac("sha256", token).update(`parley window ${role}`).update(nonces).digest();
}

function check(token: Uint8Array, role: Role, nonces: Uint8Array, shown: Uint8Array): void {
  if (nonces.length !== 2 * NONCE_BYTES || shown.length !== PROOF_BYTES) throw new Error("Not a window");
  if (!timingSafeEqual(proof(token, role, nonces), shown)) throw new Error("A window of somebody else");
}

/** Reads one frame. Leaves the bytes after it in the reader and in the paused socket. */
function nextFrame(socket: Socket, reader: FrameReader): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      socket.off("data", onData).off("close", onClose).pause();
      act();
    };
    const onData = (chunk: Uint8Array) => {
      try {
        const [first] = reader.push(chunk, 1);
        if (first !== undefined) settle(() => resolve(first));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const onClose = () => settle(() => reject(new Error("The pipe has ended")));
    if (socket.destroyed) {
      onClose();
      return;
    }
    socket.on("data", onData).on("close", onClose).resume();
    onData(NOTHING); // the frame may be in the reader already
  });
}
