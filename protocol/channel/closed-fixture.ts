/** Waits for the end of a connection, for tests in which the other side hangs up. */
import type { Duplex } from "node:stream";

/**
 * Resolves when the socket has closed, normally or by a reset. A reset happens when the other side left bytes
 * unread; once() would reject on it.
 */
export function closed(socket: Duplex): Promise<void> {
  return new Promise((done) => {
    if (socket.closed) done();
    else socket.once("close", () => done());
  });
}
