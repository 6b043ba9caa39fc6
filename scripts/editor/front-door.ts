/**
 * A proxy before VS Code's own server that lets secrets survive a reload. VS Code in the browser keeps the
 * extensions' secrets in the browser, sealed with a key of which the server holds one half and returns it at
 * POST /mint-key. `code serve-web` and code-server implement that request; the bare server does not, and
 * secrets would be lost with the page. Everything else is passed through.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { Duplex } from "node:stream";

/** VS Code accepts only 256 bits. */
const KEY_HALF_BYTES = 32;
const HOST = "127.0.0.1";

export interface FrontDoor {
  readonly port: number;
  close(): void;
}

/**
 * Starts the proxy.
 * @param behind the port VS Code listens on
 * @param keyFile where the half key is stored
 * @throws Error with code EADDRINUSE
 */
export async function openFrontDoor(port: number, behind: number, keyFile: string): Promise<FrontDoor> {
  const half = keyHalf(keyFile);
  const server = createServer((incoming, response) => {
    if (incoming.method === "POST" && incoming.url === "/mint-key") {
      response.end(half);
      return;
    }
    const onward = request(target(incoming, behind), (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.once("error", () => response.destroy());
    incoming.pipe(onward);
  });
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const onward = request(target(incoming, behind));
    onward.once("error", () => socket.destroy());
    onward.once("upgrade", (answer, far: Duplex, farHead: Buffer) => {
      const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join("")}\r\n`);
      socket.write(farHead);
      far.write(head);
      for (const [one, other] of [
        [socket, far],
        [far, socket],
      ] as const) {
        one.pipe(other);
        one.once("error", () => other.destroy());
        one.once("close", () => other.destroy());
      }
    });
    onward.end();
  });
  return { port: await listen(server, port), close: () => void server.close().closeAllConnections() };
}

function target({ method, url, headers }: IncomingMessage, port: number) {
  return { host: HOST, port, method, path: url, headers };
}

function keyHalf(file: string): Buffer {
  if (existsSync(file)) return readFileSync(file);
  const half = randomBytes(KEY_HALF_BYTES);
  writeFileSync(file, half, { mode: 0o600 });
  return half;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
