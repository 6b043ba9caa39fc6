/**
 * Opens a Line to a host and port: TCP, then messages 1.0 to 1.2. The server is authenticated when it
 * resolves.
 */
import { connect, type Socket } from "node:net";
import { ClientHandshake, type ClientHandshakeOptions, type ServerFacts } from "../channel/handshake.ts";
import { Line } from "../channel/line.ts";
import { NetworkError, ParleyError, ProtocolError, UsageError } from "../errors.ts";
import { CONNECT_DEADLINE_MS, HANDSHAKE_DEADLINE_MS, MAX_HANDSHAKE_FRAME_BYTES } from "../limits.ts";
import { FrameReader, frame } from "../wire/frame.ts";

export interface OpenLine {
  readonly line: Line;
  readonly server: ServerFacts;
}

/**
 * Opens a line.
 * @param options its `host` is the address to dial
 * @param aborted ends the attempt at once
 * @throws NetworkError, ProtocolError "bad-handshake", TrustError, or UsageError "closed" when aborted; the
 * socket is then destroyed
 */
export function openLine(
  port: number,
  options: ClientHandshakeOptions,
  aborted: AbortSignal,
): Promise<OpenLine> {
  const handshake = new ClientHandshake(options);
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(MAX_HANDSHAKE_FRAME_BYTES);
    const socket = connect({ host: options.host, port, noDelay: true });
    let connected = false;
    let deadline = setTimeout(
      () => fail(new NetworkError("unreachable", `no connection within ${CONNECT_DEADLINE_MS} ms`)),
      CONNECT_DEADLINE_MS,
    );

    const letGo = () => {
      clearTimeout(deadline);
      aborted.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect).off("data", onData).off("error", onError).off("close", onClose);
    };
    const fail = (error: ParleyError) => {
      letGo();
      abandon(socket);
      reject(error);
    };
    const onAbort = () => fail(new UsageError("closed", "closed while connecting"));
    const onConnect = () => {
      connected = true;
      clearTimeout(deadline);
      deadline = setTimeout(
        () => fail(new NetworkError("timeout", `no handshake within ${HANDSHAKE_DEADLINE_MS} ms`)),
        HANDSHAKE_DEADLINE_MS,
      );
      socket.write(frame(handshake.start()));
    };
    const onData = (chunk: Uint8Array) => {
      try {
        const [message] = reader.push(chunk, 1);
        if (message === undefined) return;
        const { message: answer, channel, server } = handshake.answer(message);
        letGo();
        socket.write(frame(answer));
        resolve({ line: new Line(socket, channel, reader), server });
      } catch (error) {
        fail(
          error instanceof ParleyError
            ? error
            : new ProtocolError("bad-handshake", "1.1 is not usable", { cause: error }),
        );
      }
    };
    const onError = (cause: Error) => {
      const [code, when] = connected
        ? (["cut", "during the handshake"] as const)
        : (["unreachable", "connecting"] as const);
      fail(new NetworkError(code, `the line failed while ${when}`, { cause }));
    };
    const onClose = () => fail(new NetworkError("cut", "the server closed the line during the handshake"));

    socket.on("connect", onConnect).on("data", onData).on("error", onError).on("close", onClose);
    aborted.addEventListener("abort", onAbort);
    if (aborted.aborted) onAbort();
  });
}

/** Destroys a socket and ignores the errors that it may still report. */
function abandon(socket: Socket): void {
  socket.on("error", () => {});
  socket.destroy();
}
