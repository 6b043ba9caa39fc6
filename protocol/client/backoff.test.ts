import assert from "node:assert/strict";
import { RECONNECT_FIRST_MS, RECONNECT_LAST_MS } from "../limits.ts";
import { Backoff } from "./backoff.ts";

const ALMOST_ONE = 1 - 2 ** -53;

describe("Backoff", () => {
  it("doubles its ceiling up to the longest wait and keeps it there", () => {
    const backoff = new Backoff(() => ALMOST_ONE);
    const waits = Array.from({ length: 10 }, () => backoff.next() + 1);
    assert.deepEqual(
      waits.slice(0, 4),
      [1, 2, 4, 8].map((factor) => factor * RECONNECT_FIRST_MS),
    );
    assert.deepEqual(waits.slice(-2), [RECONNECT_LAST_MS, RECONNECT_LAST_MS]);
  });

  it("jitters over the whole range from zero to the ceiling", () => {
    assert.equal(new Backoff(() => 0).next(), 0);
    assert.equal(new Backoff(() => 0.5).next(), RECONNECT_FIRST_MS / 2);
  });

  it("starts from the beginning after a reset", () => {
    const backoff = new Backoff(() => ALMOST_ONE);
    for (let i = 0; i < 5; i += 1) backoff.next();
    backoff.reset();
    assert.equal(backoff.next() + 1, RECONNECT_FIRST_MS);
  });

  it("waits at least as long as a server asks", () => {
    assert.equal(new Backoff(() => 0).next(5000), 5000);
    assert.equal(new Backoff(() => ALMOST_ONE).next(1) + 1, RECONNECT_FIRST_MS);
  });
});
