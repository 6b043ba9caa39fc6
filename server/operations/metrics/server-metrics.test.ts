import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { closed } from "../../../protocol/channel/closed-fixture.ts";
import { Identity } from "../../../protocol/identity/identity.ts";
import { newConversationId } from "../../../protocol/names.ts";
import { Opcode } from "../../../protocol/wire/parley_pb.ts";
import { talking } from "../../gateway/raw-client-fixture.ts";
import { TestServer } from "../../server-fixture.ts";

describe("the server's metrics", () => {
  let server: TestServer;
  afterEach(() => server.remove());

  const reaches = async (name: string, labels: string | undefined, value: number): Promise<void> => {
    while (server.metric(name, labels) !== value) await new Promise((resolve) => setImmediate(resolve));
  };

  it("are all in docs/OPERATIONS.md, which names no others", async () => {
    server = await TestServer.start();
    const document = readFileSync(new URL("../../../docs/OPERATIONS.md", import.meta.url), "utf8");
    const named = new Set(
      [...document.matchAll(/parley_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, "")),
    );
    // Added by the port itself.
    named.delete("parley_build_info");
    const names = new Set(server.metricNames);
    assert.ok(named.size > 15);
    for (const name of named) assert.ok(names.has(name), name);
    for (const name of names) {
      const [, , ...last] = name.split("_");
      assert.ok(named.has(name) || document.includes(`_${last.join("_")}`), name);
    }
  });

  it("count messages and people, without a name", async () => {
    server = await TestServer.start();
    const alice = await server.join("alice");
    const bob = await server.join("bob");
    const conversation = await talking(alice, bob);
    for (let at = 0; at < 5; at++) await alice.send(conversation, "hi");
    assert.equal(server.metric("parley_users_online"), 2);
    assert.equal(server.metric("parley_connections"), 2);
    assert.equal(server.metric("parley_handshakes_total"), 2);
    assert.equal(server.metric("parley_sign_ins_total", 'kind="enrolled"'), 2);
    assert.equal(server.metric("parley_requests_total", 'verb="message"'), 5);
    assert.equal(server.metric("parley_mail_relayed_total"), 5);
    // RTT, ACCEPT and CC_SESSION_ESTABLISHMENT are stored first and delivered from there; an RTT stays until
    // it is answered.
    assert.equal(server.metric("parley_answers_total", 'outcome="received"'), 8);
    assert.equal(server.metric("parley_mail_stored_total"), 3);
    assert.equal(server.metric("parley_mail_collected_total"), 2);
    assert.ok((server.metric("parley_commit_seconds_count") ?? 0) > 3);

    bob.line.destroy();
    await reaches("parley_connections_ended_total", 'reason="cut"', 1);
    assert.equal(await alice.send(conversation, "while you are away"), "STORED");
    assert.equal(server.metric("parley_answers_total", 'outcome="stored"'), 1);
    assert.equal(server.metric("parley_mail_stored_total"), 4);
    const waiting = server.store.mailbox.size();
    assert.equal(waiting.items, 1);
    assert.ok(waiting.bytes > 128);
    await server.join("bob");
    await reaches("parley_sign_ins_total", 'kind="known"', 1);
    await reaches("parley_mail_collected_total", undefined, 3);
    assert.equal(server.store.mailbox.size().items, 0);
  });

  it("count each failed handshake by its reason", async () => {
    server = await TestServer.start({ handshakesPerAddress: 2, handshakeDeadlineMs: 100 });
    const strangers = Array.from({ length: 3 }, () =>
      connect(server.port, "127.0.0.1").on("error", () => {}),
    );
    const [bad] = strangers;
    await Promise.all(strangers.map((one) => closed(one.resume())));
    await reaches("parley_handshakes_failed_total", 'reason="evicted"', 1);
    await reaches("parley_handshakes_failed_total", 'reason="handshake-deadline"', 2);
    assert.equal(bad?.destroyed, true);
    const rude = connect(server.port, "127.0.0.1").on("error", () => {});
    rude.write(Buffer.from([0, 0, 0, 3, 1, 2, 3]));
    await reaches("parley_handshakes_failed_total", 'reason="bad-handshake"', 1);
    const huge = connect(server.port, "127.0.0.1").on("error", () => {});
    huge.write(Buffer.alloc(4, 255));
    await reaches("parley_handshakes_failed_total", 'reason="frame-too-large"', 1);
    assert.equal(server.metric("parley_connections_accepted_total"), 5);
    assert.equal(server.metric("parley_handshakes_under_way"), 0);
  });

  it("count refused sign-ins, and connections beyond the limit", async () => {
    server = await TestServer.start({ connectionsPerAddress: 2 });
    const alice = await server.join("alice");
    const mallory = await server.connect("alice", { identity: Identity.generate() });
    assert.equal(await mallory.lastError(), "AUTH_REFUSED");
    await mallory.ended;
    assert.equal(server.metric("parley_sign_ins_refused_total", 'reason="auth-refused"'), 1);
    await reaches("parley_connections", undefined, 1);
    await server.join("bob");
    const third = connect(server.port, "127.0.0.1").on("error", () => {});
    await closed(third.resume());
    assert.equal(server.metric("parley_connections_refused_total", 'reason="too-many-connections"'), 1);
    assert.equal(server.metric("parley_users_online"), 2);
    assert.equal(
      alice.unread.some((one) => one.opcode === Opcode.ERROR),
      false,
    );
  });

  it("count refused requests, with the reason in the log", async () => {
    server = await TestServer.start({ workPerSecond: 1, workBurst: 300, refusalsTolerated: 1 });
    const alice = await server.join("alice");
    assert.equal(await alice.rtt("alice"), "SELF");
    assert.equal(server.metric("parley_errors_total", 'code="self"'), 1);
    assert.equal(await alice.send(newConversationId(), "into the void"), "NO_CONVERSATION");
    assert.equal(await alice.rtt("bob"), "RATE_LIMITED");
    assert.equal(server.metric("parley_errors_total", 'code="rate-limited"'), 1);
    assert.match(server.log, /"connection":1,"reason":"no-conversation","msg":"request refused"/);
    alice.line.send(Opcode.RTT, 9, alice.rttBody("bob", newConversationId()));
    assert.equal(await alice.lastError(), "RATE_LIMITED");
    await reaches("parley_connections_ended_total", 'reason="rate-limited"', 1);
  });

  it("count connections that read too slowly, fall silent or break the protocol", async () => {
    server = await TestServer.start({ deadAfterMs: 150 });
    const silent = await server.join("silent");
    await silent.ended;
    await reaches("parley_connections_ended_total", 'reason="silent"', 1);
    const rude = await server.join("rude");
    rude.line.send(Opcode.ACK, 77, new Uint8Array());
    await rude.ended;
    await reaches("parley_connections_ended_total", 'reason="bad-message"', 1);
  });
});
