import assert from "node:assert/strict";
import { mock } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { NetworkError, ProtocolError, RefusedError } from "../errors.ts";
import { REQUEST_DEADLINE_MS } from "../limits.ts";
import type { Envelope } from "../wire/batch.ts";
import { AckSchema, Delivery, ErrorCode, ErrorSchema, Opcode } from "../wire/parley_pb.ts";
import { acknowledged, delivered } from "./answers.ts";
import { Requests } from "./requests.ts";

const ack = (id: number, delivery: Delivery = Delivery.UNSPECIFIED): Envelope => ({
  opcode: Opcode.ACK,
  id,
  body: toBinary(AckSchema, create(AckSchema, { delivery })),
});
const badMessage = (error: unknown) => error instanceof ProtocolError && error.code === "bad-message";

describe("Requests", () => {
  afterEach(() => mock.timers.reset());

  /**
   * Makes `count` requests.
   * @returns the ids under which they were sent
   */
  function ask(requests: Requests, count: number) {
    const ids: number[] = [];
    const results = Array.from({ length: count }, () => requests.ask((id) => ids.push(id), delivered));
    return { ids, results };
  }

  it("counts from 1 and gives each request its own answer, in any order", async () => {
    const requests = new Requests();
    const { ids, results } = ask(requests, 3);
    assert.deepEqual(ids, [1, 2, 3]);
    requests.settle(ack(3, Delivery.STORED));
    requests.settle(ack(1, Delivery.RECEIVED));
    requests.settle(ack(2, Delivery.STORED));
    assert.deepEqual(await Promise.all(results), ["received", "stored", "stored"]);
  });

  it("treats an answer without a request, and a second answer, as a protocol error", async () => {
    const requests = new Requests();
    assert.throws(() => requests.settle(ack(1)), badMessage);
    const { results } = ask(requests, 1);
    requests.settle(ack(1, Delivery.STORED));
    await Promise.all(results);
    assert.throws(() => requests.settle(ack(1, Delivery.STORED)), badMessage);
    assert.throws(() => requests.settle(ack(0, Delivery.STORED)), badMessage);
  });

  it("treats an answer of the wrong kind as a protocol error, and rejects its request", async () => {
    const requests = new Requests();
    const [result] = ask(requests, 1).results;
    assert.throws(() => requests.settle({ opcode: Opcode.LIST, id: 1, body: new Uint8Array() }), badMessage);
    await assert.rejects(async () => result, badMessage);
  });

  it("rejects only the request that was refused", async () => {
    const requests = new Requests();
    const [first, second] = ask(requests, 2).results;
    const body = toBinary(
      ErrorSchema,
      create(ErrorSchema, { code: ErrorCode.RATE_LIMITED, retryAfterMs: 7 }),
    );
    requests.settle({ opcode: Opcode.ERROR, id: 1, body });
    requests.settle(ack(2, Delivery.STORED));
    await assert.rejects(
      async () => first,
      (error) => error instanceof RefusedError && error.code === "rate-limited" && error.retryAfterMs === 7,
    );
    assert.equal(await second, "stored");
  });

  it("stops waiting at the deadline, and ignores the late answer", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const requests = new Requests();
    const [result] = ask(requests, 1).results;
    mock.timers.tick(REQUEST_DEADLINE_MS);
    await assert.rejects(
      async () => result,
      (error) => error instanceof NetworkError && error.code === "timeout",
    );
    requests.settle(ack(1, Delivery.STORED));
    assert.throws(() => requests.settle(ack(1, Delivery.STORED)), badMessage);
  });

  it("rejects all pending requests with the reason the line ended", async () => {
    const requests = new Requests();
    const { results } = ask(requests, 3);
    const reason = new NetworkError("cut", "test");
    requests.rejectAll(reason);
    const settled = await Promise.allSettled(results);
    assert.ok(settled.every((one) => one.status === "rejected" && one.reason === reason));
    assert.throws(() => requests.settle(ack(1)), badMessage);
  });

  it("forgets a request that could not be sent", async () => {
    const requests = new Requests();
    const failure = new Error("test");
    const result = requests.ask(() => {
      throw failure;
    }, acknowledged);
    await assert.rejects(result, failure);
    assert.throws(() => requests.settle(ack(1)), badMessage);
  });
});
