/**
 * The floor: the thinnest relay that node:tls allows. No names, no checks, no store, no acknowledgement:
 * frames of u32 length | u32 receiver | payload go to the connection with that number, and everything that
 * one turn of the event loop has for a connection leaves in one write. A Parley server's cost is given as a
 * ratio to it.
 * A program: prints its port; argument: a PEM file with certificate and key.
 */
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";

const pem = readFileSync(process.argv[2] ?? "");
const sockets = new Map<number, TLSSocket>();
const leaving = new Map<TLSSocket, Buffer[]>();

const server = createServer(
  { cert: pem, key: pem, minVersion: "TLSv1.3", requestCert: true, ca: pem, rejectUnauthorized: false },
  (socket) => {
    let number: number | undefined;
    let rest: Buffer = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(number ?? -1));
    socket.on("data", (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      while (rest.length - at >= 8) {
        const end = at + 4 + rest.readUInt32BE(at);
        if (end > rest.length) break;
        const to = rest.readUInt32BE(at + 4);
        // The first frame names the client, and is echoed.
        number ??= to;
        if (!sockets.has(number)) sockets.set(number, socket);
        const receiver = sockets.get(to);
        if (receiver !== undefined) send(receiver, rest.subarray(at, end));
        at = end;
      }
      rest = rest.subarray(at);
    });
  },
);

function send(socket: TLSSocket, frame: Buffer): void {
  if (leaving.size === 0) setImmediate(flush);
  const frames = leaving.get(socket);
  if (frames === undefined) leaving.set(socket, [frame]);
  else frames.push(frame);
}

function flush(): void {
  for (const [socket, frames] of leaving)
    socket.write(frames.length === 1 ? (frames[0] ?? "") : Buffer.concat(frames));
  leaving.clear();
}

server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
