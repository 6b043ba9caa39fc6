import assert from "node:assert/strict";
import { inspect } from "node:util";
import { INVITE_TOKEN_BYTES, MAX_HANDSHAKE_FRAME_BYTES } from "../limits.ts";
import {
  alice,
  badHandshake,
  credentials,
  ends,
  finish,
  LIMITS,
  run,
  wrongState,
} from "./handshake-fixture.ts";
import { generateKeyPair } from "./x25519.ts";

describe("ClientHandshake and ServerHandshake", () => {
  it("end with the same channel keys, each side knowing the other's identity", () => {
    const token = Buffer.alloc(INVITE_TOKEN_BYTES, 7);
    const { client, server } = ends({ inviteToken: token, software: "test 1" });
    const { answered, finished } = run(client, server);
    assert.deepEqual(answered.server.limits, LIMITS);
    assert.equal(answered.server.software, "parley-server 1");
    assert.equal(answered.server.crlNumber, 2n);
    assert.deepEqual(answered.server.expiresAt, new Date("2045-01-01T00:00:00Z"));
    assert.equal(finished.client.name, "alice");
    assert.deepEqual(Buffer.from(finished.client.identityKey), Buffer.from(alice.publicKey));
    assert.deepEqual(Buffer.from(finished.client.inviteToken ?? []), token);
    assert.equal(finished.client.software, "test 1");
    const up = Buffer.concat(answered.channel.seal(Buffer.from("up"))).subarray(4);
    const down = Buffer.concat(finished.channel.seal(Buffer.from("down"))).subarray(4);
    assert.equal(String(finished.channel.open(up)), "up");
    assert.equal(String(answered.channel.open(down)), "down");
  });

  it("leave the token out on later sign-ins, and fit their messages into a handshake frame", () => {
    const { client, server } = ends();
    const first = client.start();
    const second = server.answer(first);
    const { message: third } = client.answer(second);
    assert.ok(!("inviteToken" in server.finish(third).client));
    for (const message of [first, second, third]) assert.ok(message.length < MAX_HANDSHAKE_FRAME_BYTES / 4);
  });

  it("keep the client's name and keys hidden from an eavesdropper", () => {
    const { client, server } = ends();
    const first = client.start();
    const second = server.answer(first);
    const { message: third } = client.answer(second);
    const heard = Buffer.concat([first, second, third]);
    for (const secret of [
      Buffer.from("alice"),
      alice.publicKey,
      credentials.staticKey.publicKey,
      ...credentials.certificates,
    ])
      assert.equal(heard.indexOf(secret), -1);
  });

  it("use fresh keys for every connection", () => {
    assert.notDeepEqual(ends().client.start(), ends().client.start());
  });

  it("refuse every message with any byte changed", () => {
    const heard = (count: 1 | 2 | 3) => {
      const { client, server } = ends();
      const first = client.start();
      if (count === 1)
        return { message: first, deliver: (bytes: Uint8Array) => finish(client, server, bytes) };
      const second = server.answer(first);
      if (count === 2) return { message: second, deliver: (bytes: Uint8Array) => client.answer(bytes) };
      const { message } = client.answer(second);
      return { message, deliver: (bytes: Uint8Array) => server.finish(bytes) };
    };
    for (const count of [1, 2, 3] as const)
      for (let at = 0, length = 1; at < length; at += 97) {
        const { message, deliver } = heard(count);
        length = message.length;
        message[at] = (message[at] ?? 0) ^ 0x80;
        assert.throws(() => deliver(message), badHandshake, `message 1.${count - 1}, byte ${at}`);
      }
  });

  it("refuse every message that is cut short or lengthened", () => {
    for (const change of [
      (bytes: Uint8Array) => bytes.subarray(0, 0),
      (bytes: Uint8Array) => bytes.subarray(0, 31),
      (bytes: Uint8Array) => bytes.subarray(0, -1),
      (bytes: Uint8Array) => Buffer.concat([bytes, Uint8Array.of(0)]),
    ]) {
      const one = ends();
      assert.throws(() => one.server.answer(change(one.client.start())), badHandshake);
      const two = ends();
      const second = change(two.server.answer(two.client.start()));
      assert.throws(() => two.client.answer(second), badHandshake);
      const three = ends();
      const third = change(three.client.answer(three.server.answer(three.client.start())).message);
      assert.throws(() => three.server.finish(third), badHandshake);
    }
  });

  it("detect ephemeral keys swapped by a man in the middle", () => {
    const up = ends();
    const first = up.client.start();
    first.set(generateKeyPair().publicKey, 0);
    const second = up.server.answer(first);
    assert.throws(() => up.client.answer(second), badHandshake);

    const down = ends();
    const answer = down.server.answer(down.client.start());
    answer.set(generateKeyPair().publicKey, 0);
    assert.throws(() => down.client.answer(answer), badHandshake);
  });

  it("refuse a message of another connection, and their own when reflected", () => {
    const [one, other] = [ends(), ends()];
    const first = one.client.start();
    other.client.start();
    const second = one.server.answer(first);
    assert.throws(() => other.client.answer(second), badHandshake);

    const third = one.client.answer(second).message;
    const third2 = ends();
    third2.server.answer(third2.client.start());
    assert.throws(() => third2.server.finish(third), badHandshake);

    const reflected = ends();
    const own = reflected.client.start();
    assert.throws(() => reflected.client.answer(own), badHandshake);
  });

  it("refuse everything after a failure", () => {
    const { client, server } = ends();
    const first = client.start();
    assert.throws(() => server.answer(first.subarray(1)), badHandshake);
    assert.throws(() => server.answer(first), wrongState);
    assert.throws(() => client.answer(new Uint8Array(2000)), badHandshake);
    assert.throws(() => client.start(), wrongState);
  });

  it("show no secret when printed or serialised", () => {
    const token = Buffer.alloc(INVITE_TOKEN_BYTES, 7);
    const { client, server } = ends({ inviteToken: token });
    const { answered } = run(client, server);
    for (const value of [client, server, answered.channel]) {
      assert.equal(JSON.stringify(value), "{}");
      assert.match(inspect(value, { depth: null }), /^\w+ \{\}$/);
    }
  });
});
