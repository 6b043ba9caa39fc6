/** The end of a connection, for tests that wait for the other side to hang up. */
import type { Duplex } from "node:stream";

/** Waits until it is over, in order or by a reset: where the other side left bytes unread, that is what comes, and once() would throw it. */
export function closed(socket: Duplex): Promise<void> {
  return new Promise((done) => {
    if (socket.closed) done();
    else socket.once("close", () => done());
  });
}
