import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Identity } from "../../protocol/identity/identity.ts";
import { signRequestKey } from "../../protocol/identity/request-key.ts";
import { signTalkRequest, type TalkRequest } from "../../protocol/identity/talk-request.ts";
import { SEALED_NOTE_BYTES, XWING_PUBLIC_KEY_BYTES } from "../../protocol/limits.ts";
import { idBytes, newConversationId, username } from "../../protocol/names.ts";
import {
  BlockSchema,
  Opcode,
  Presence,
  RequestKeySchema,
  RequestToTalkSchema,
  SetPresenceSchema,
} from "../../protocol/wire/parley_pb.ts";
import { type RawClient, SERVER } from "../gateway/raw-client-fixture.ts";
import { type TestServer, withAliceAndBob } from "../server-fixture.ts";

type Fields = MessageInitShape<typeof RequestKeySchema>;
const VALID_UNTIL = 2_000_000_000;

/** Returns a valid signed request key of that client. */
function signed({ name, identity }: RawClient, key = randomBytes(XWING_PUBLIC_KEY_BYTES), at = SERVER) {
  const signature = signRequestKey(identity, { server: at, name }, { key, validUntil: VALID_UNTIL });
  return {
    name: name as string,
    identityKey: identity.publicKey,
    key,
    validUntil: BigInt(VALID_UNTIL),
    signature,
  };
}
function bodyOf(fields: Fields): Uint8Array {
  return toBinary(RequestKeySchema, create(RequestKeySchema, fields));
}
function publish(who: RawClient, fields: Fields): Promise<string> {
  return who.tell(Opcode.REQUEST_KEY, RequestKeySchema, fields);
}
function ask(who: RawClient, name: string) {
  return who.ask(Opcode.REQUEST_KEY, bodyOf({ name }));
}

describe("before a conversation is established", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  withAliceAndBob((started) => {
    ({ server, alice, bob } = started);
  });

  describe("a request key", () => {
    it("is returned on request, the newest only, across a restart of the server", async () => {
      assert.equal(await publish(bob, signed(bob)), "UNSPECIFIED");
      const newest = signed(bob);
      for (const fields of [newest, newest]) assert.equal(await publish(bob, fields), "UNSPECIFIED");
      await server.stop();
      await server.start();
      [alice, bob] = [await server.join("alice"), await server.join("bob")];
      const { opcode, body } = await ask(alice, "bob");
      assert.equal(opcode, Opcode.REQUEST_KEY);
      assert.deepEqual(Buffer.from(body), Buffer.from(bodyOf(newest)));
    });

    it("is refused alike for a person unknown, offline, invisible, blocking, or without a key", async () => {
      const names = ["nobod", "going", "hides", "block", "keyle", "Bob!!"];
      const [going, hides, block] = [
        await server.join("going"),
        await server.join("hides"),
        await server.join("block"),
      ];
      await server.join("keyle");
      for (const one of [going, hides, block]) await publish(one, signed(one));
      going.line.destroy();
      await alice.seeLeave("going");
      await hides.tell(Opcode.PRESENCE, SetPresenceSchema, { presence: Presence.OFFLINE });
      await block.tell(Opcode.BLOCK, BlockSchema, { name: "alice" });
      const answers = new Set<string>();
      for (const name of names) {
        const { opcode, body } = await ask(alice, name);
        assert.equal(opcode, Opcode.USER_NOT_FOUND, name);
        answers.add(Buffer.from(body).toString("latin1").replace(name, "<name>"));
      }
      assert.equal(answers.size, 1);
      // The key exists, for others: only the answer is the same.
      assert.equal((await ask(bob, "block")).opcode, Opcode.REQUEST_KEY);
    });

    const own = (who: RawClient) => signed(who);
    const forgeries: readonly (readonly [string, (mallory: RawClient, bob: RawClient) => Fields])[] = [
      ["copied from bob", (_, who) => own(who)],
      ["in bob's name, signed by mallory", (mallory, who) => ({ ...own(mallory), name: who.name })],
      ["of another identity", (mallory) => ({ ...own(mallory), identityKey: Identity.generate().publicKey })],
      ["with bob's identity", (mallory, who) => ({ ...own(mallory), identityKey: who.identity.publicKey })],
      ["without a signature", (mallory) => ({ ...own(mallory), signature: new Uint8Array() })],
      [
        "with another key in it",
        (mallory) => ({ ...own(mallory), key: randomBytes(XWING_PUBLIC_KEY_BYTES) }),
      ],
      ["that lives longer than was signed", (mallory) => ({ ...own(mallory), validUntil: 3_000_000_000n })],
      ["that lives for ever", (mallory) => ({ ...own(mallory), validUntil: 2n ** 64n - 1n })],
      ["that is too short", (mallory) => signed(mallory, randomBytes(XWING_PUBLIC_KEY_BYTES - 1))],
      ["signed for another server", (mallory) => signed(mallory, undefined, randomBytes(32))],
      ["that is too long", (mallory) => signed(mallory, randomBytes(4096))],
    ];
    for (const [what, forge] of forgeries) {
      it(`${what} is refused, and ends the connection`, async () => {
        const mallory = await server.join("mallory");
        const before = signed(bob);
        await publish(bob, before);
        mallory.line.send(Opcode.REQUEST_KEY, 1, bodyOf(forge(mallory, bob)));
        assert.equal(await mallory.lastError(), "BAD_MESSAGE");
        assert.equal(server.store.requestKeys.of(username("mallory")), undefined);
        const { body } = await ask(alice, "bob");
        assert.deepEqual(Buffer.from(body), Buffer.from(bodyOf(before)));
      });
    }

    it("is stored without unknown fields", async () => {
      const fields = signed(bob);
      const more = Buffer.from([0xfa, 0x3f, 4, 1, 2, 3, 4]); // Field 1023, four bytes.
      const body = Buffer.concat([bodyOf(fields), more]);
      await bob.ask(Opcode.REQUEST_KEY, body);
      assert.equal(server.store.requestKeys.of(bob.name)?.length, body.length - more.length);
    });

    it("is dropped with the identity that signed it", async () => {
      await publish(bob, signed(bob));
      const inviteToken = await server.invite({ reservedFor: bob.name });
      bob = await server.connect("bob", { identity: Identity.generate(), inviteToken });
      await bob.welcome();
      assert.equal(server.store.requestKeys.of(bob.name), undefined);
      assert.equal((await ask(alice, "bob")).opcode, Opcode.USER_NOT_FOUND);
    });
  });

  describe("a note with a request to talk", () => {
    const conversation = newConversationId();
    function request(note: Uint8Array, signedNote = note, more: Partial<TalkRequest> = {}): Uint8Array {
      const fields = {
        conversation: idBytes(conversation),
        peer: "bob",
        identityKey: alice.identity.publicKey,
        signature: signTalkRequest(alice.identity, {
          ...{ conversation, server: SERVER, requester: alice.name, addressee: bob.name },
          ...{ addresseeKey: new Uint8Array(), note: signedNote, ...more },
        }),
        note,
        ...(more.addresseeKey && { addresseeKey: more.addresseeKey }),
      };
      return toBinary(RequestToTalkSchema, create(RequestToTalkSchema, fields));
    }

    it("is forwarded unchanged, and again at the next sign-in", async () => {
      const note = randomBytes(SEALED_NOTE_BYTES);
      assert.equal((await alice.ask(Opcode.RTT, request(note))).opcode, Opcode.ACK);
      for (let i = 0; i < 2; i += 1) {
        assert.deepEqual(Buffer.from((await bob.nextAs(Opcode.RTT, RequestToTalkSchema)).note), note);
        bob = await server.join("bob");
      }
    });

    for (const [what, note, signedNote] of [
      ["of another size", randomBytes(SEALED_NOTE_BYTES - 1), undefined],
      ["that is not the one signed", randomBytes(SEALED_NOTE_BYTES), randomBytes(SEALED_NOTE_BYTES)],
      ["that was put in", randomBytes(SEALED_NOTE_BYTES), new Uint8Array()],
      ["that was taken out", new Uint8Array(), randomBytes(SEALED_NOTE_BYTES)],
    ] as const) {
      it(`${what} ends the connection`, async () => {
        alice.line.send(Opcode.RTT, 1, request(note, signedNote));
        assert.equal(await alice.lastError(), "BAD_MESSAGE");
      });
    }

    for (const [what, more] of [
      ["signed for another server", { server: randomBytes(32) }],
      ["for a key of another size", { addresseeKey: randomBytes(31) }],
    ] as const) {
      it(`ends the connection in a request ${what}`, async () => {
        alice.line.send(Opcode.RTT, 1, request(new Uint8Array(), undefined, more));
        assert.equal(await alice.lastError(), "BAD_MESSAGE");
      });
    }

    it("is forwarded with the key that the request names, for the addressee to compare", async () => {
      const addresseeKey = randomBytes(32);
      await alice.ask(Opcode.RTT, request(new Uint8Array(), undefined, { addresseeKey }));
      const delivered = await bob.nextAs(Opcode.RTT, RequestToTalkSchema);
      assert.deepEqual(Buffer.from(delivered.addresseeKey), addresseeKey);
    });
  });
});
