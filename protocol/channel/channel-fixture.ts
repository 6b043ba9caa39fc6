/** Two ends of a channel for tests, keyed by a Noise handshake between them. */
import { Channel } from "./channel.ts";
import { HandshakeState, type Transport } from "./noise.ts";

/**
 * @param onRekey called for each rekey on either end with its direction; "up" is from the first end to the
 * second
 */
export function channelPair(onRekey?: (direction: "up" | "down") => void): [Channel, Channel] {
  const [one, two] = transportPair();
  if (onRekey !== undefined) {
    for (const cipher of [one.send, two.receive]) watchRekey(cipher, () => onRekey("up"));
    for (const cipher of [two.send, one.receive]) watchRekey(cipher, () => onRekey("down"));
  }
  return [new Channel(one), new Channel(two)];
}

function transportPair(): [Transport, Transport] {
  const one = new HandshakeState("Noise_NN_25519_AESGCM_SHA256", { initiator: true });
  const two = new HandshakeState("Noise_NN_25519_AESGCM_SHA256", { initiator: false });
  two.readMessage(one.writeMessage(new Uint8Array(0)));
  one.readMessage(two.writeMessage(new Uint8Array(0)));
  return [one.split(), two.split()];
}

function watchRekey(cipher: Transport["send"], told: () => void): void {
  const rekey = cipher.rekey.bind(cipher);
  cipher.rekey = () => {
    told();
    rekey();
  };
}
