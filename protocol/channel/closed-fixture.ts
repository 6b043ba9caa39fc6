/** The end of a connection, for tests that wait for the other side to hang up. */
import type { Duplex } from "node:stream";

/** Waits for the end, in order or by a reset: a reset comes where the other side left bytes unread, and once() would throw it. */
export function closed(socket: Duplex): Promise<void> {
  return new Promise((done) => {
    if (socket.closed) done();
    else socket.once("close", () => done());
  });
}
