/**
 * Bob invites people, and accepts those with his invites automatically. The server makes the links and
 * carries the requests, and tries to be accepted itself in the newcomer's place. It lacks the pass that Bob's
 * client puts into each link.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { generateRequestKey, type Note, openNote, sealNote } from "../../protocol/e2ee/note.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import type { Identity } from "../../protocol/identity/identity.ts";
import { inviteLink, parseInvite } from "../../protocol/identity/invite.ts";
import { newPassSecret, provePass } from "../../protocol/identity/invite-pass.ts";
import { signRequestKey } from "../../protocol/identity/request-key.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { PASS_PROOF_BYTES } from "../../protocol/limits.ts";
import { Opcode, RequestToTalkSchema } from "../../protocol/wire/parley_pb.ts";
import { changed, type Letter } from "../fixtures/lying-server.ts";
import { Computer } from "../fixtures/messengers.ts";
import { conversationOf, describeLies, identityOf, type Trio } from "../fixtures/trio.ts";

const WEEK_SECONDS = 7 * 24 * 60 * 60;
const noteIn = (one: Letter) => fromBinary(RequestToTalkSchema, one.body).note;

describeLies("a server that carries the requests of people who came by an invite", (lie) => {
  const guests: Computer[] = [];
  afterEach(async () => {
    await Promise.all(guests.splice(0).map((guest) => guest.remove()));
  });

  async function bobInvites({ bob }: Trio): Promise<string> {
    bob.acceptInvited = true;
    return (await bob.messenger.createInvite({ uses: 1, expiresSeconds: WEEK_SECONDS })).link;
  }
  async function joins({ bob }: Trio, name: string, link: string): Promise<Computer> {
    const guest = await Computer.start(name);
    guests.push(guest);
    await guest.joins(link);
    await guest.sees(bob);
    return guest;
  }
  /** Replaces each of the newcomer's requests by one that the server makes. */
  function swapRequests(trio: Trio, swap: (one: Letter) => Promise<Letter>): Promise<void> {
    return new Promise((done) => {
      trio.lieAbout(Opcode.RTT, trio.bob, (one) => {
        void swap(one)
          .then((instead) => trio.liar.post(instead))
          .then(done);
        return [];
      });
    });
  }
  /** Returns the newcomer's request with the server's key and that note, signed by that key. */
  function byMallory(
    { liar, bob, mallory }: Trio,
    one: Letter,
    newcomer: Computer,
    note: Uint8Array,
  ): Letter {
    const none = new Uint8Array();
    const people = { requester: newcomer.name, addressee: bob.name, addresseeKey: none };
    const request = { conversation: conversationOf(one), server: liar.server, ...people, note };
    return changed(one, RequestToTalkSchema, (body) => ({
      ...body,
      identityKey: mallory.publicKey,
      addresseeKey: none,
      note,
      signature: signTalkRequest(mallory, request),
    }));
  }
  async function isAsked({ bob }: Trio, newcomer: Computer): Promise<void> {
    await bob.isIn(newcomer, "invited");
    assert.ok(bob.messenger.chat(directChat(newcomer.name)).request, "and is for Bob to answer");
  }

  for (const [how, note] of [
    ["with a note", "hello, it's me"],
    ["without one", ""],
  ] as const)
    lie(`and tells the truth: the newcomer is let in ${how}, and the server saw no pass`, async (trio) => {
      const link = await bobInvites(trio);
      const { pass } = parseInvite(link);
      assert.equal(pass?.by, trio.bob.name);
      const dave = await joins(trio, "dave", link);
      await dave.messenger.request({ peer: trio.bob.name, note });
      await Promise.all([dave.isIn(trio.bob, "open"), trio.bob.isIn(dave, "open")]);
      const written = note === "" ? [] : [note];
      assert.deepEqual(await trio.bob.transcript(dave), [
        ...written.map((text) => `< ${text}`),
        "* came-by-my-invite",
        "* opened",
      ]);
      assert.deepEqual(await dave.transcript(trio.bob), [...written.map((text) => `> ${text}`), "* opened"]);
      assert.equal(
        trio.bob.messenger.chat(directChat(dave.name)).unread,
        written.length,
        "nobody has seen it yet",
      );
      assert.equal(partner(trio.bob.messenger.chat(directChat(dave.name))).trust, "pinned");
      const secret = Buffer.from(pass.secret);
      for (const shape of [secret, secret.toString("base64url"), secret.toString("hex")]) {
        for (const body of trio.liar.seen) assert.ok(!Buffer.from(body).includes(shape));
        for (const who of [trio.bob, dave]) assert.ok(!who.bytes().includes(shape), "not even on disk");
      }
      trio.assertNothingNoticed();
    });

  lie("puts its own key into the request and leaves the note: Bob is asked", async (trio) => {
    const dave = await joins(trio, "dave", await bobInvites(trio));
    trio.lieAbout(Opcode.RTT, trio.bob, (one) => [byMallory(trio, one, dave, noteIn(one))]);
    await dave.messenger.request({ peer: trio.bob.name });
    await isAsked(trio, dave);
  });

  lie(
    "reads the proof with a request key of its own, and passes it on under its key: Bob is asked",
    async (trio) => {
      const { bob, liar, mallory } = trio;
      const dave = await joins(trio, "dave", await bobInvites(trio));
      const published = await generateRequestKey();
      let bobsKey: Uint8Array = new Uint8Array();
      liar.lieAboutKeys = (of, _by, genuine) => {
        if (of !== bob.name) return genuine;
        bobsKey = genuine?.key ?? bobsKey;
        return falseKey(mallory, published.key);
      };
      const falseKey = (identity: Identity, key: Uint8Array) => {
        const validUntil = Math.floor(Date.now() / 1000) + 60 * 24 * 60 * 60;
        const signature = signRequestKey(
          identity,
          { server: liar.server, name: bob.name },
          { key, validUntil },
        );
        const shown = { name: bob.name as string, identityKey: identity.publicKey, key };
        return { ...shown, validUntil: BigInt(validUntil), signature };
      };
      let read: Note | undefined;
      const swapped = swapRequests(trio, async (one) => {
        const ends = { requester: dave.name, addressee: bob.name };
        const place = { conversation: conversationOf(one), server: liar.server, ...ends };
        read = await openNote(noteIn(one), published.privateKey, place);
        return byMallory(trio, one, dave, await sealNote(read, bobsKey, place));
      });
      await dave.messenger.request({ peer: bob.name });
      await swapped;
      assert.equal(read?.passProof?.length, PASS_PROOF_BYTES);
      await isAsked(trio, dave);
    },
  );

  lie("forges proofs, or makes one with a pass of its own: Bob is asked", async (trio) => {
    const { bob, liar, mallory } = trio;
    const dave = await joins(trio, "dave", await bobInvites(trio));
    const claim = { server: liar.server, newcomer: mallory.publicKey, inviter: identityOf(bob) };
    let key: Uint8Array = new Uint8Array();
    liar.lieAboutKeys = (_of, _by, genuine) => {
      key = genuine?.key ?? key;
      return genuine;
    };
    for (const passProof of [new Uint8Array(randomBytes(32)), provePass(newPassSecret(), claim)]) {
      const swapped = swapRequests(trio, async (one) => {
        const ends = { requester: dave.name, addressee: bob.name };
        const place = { conversation: conversationOf(one), server: liar.server, ...ends };
        return byMallory(trio, one, dave, await sealNote({ text: "", passProof }, key, place));
      });
      await dave.messenger.request({ peer: bob.name });
      await swapped;
      await isAsked(trio, dave);
      await bob.refuses(dave);
      await dave.isIn(bob, "none");
    }
  });

  lie("lets two people in by one link: the first is let in, Bob is asked about the second", async (trio) => {
    const link = await bobInvites(trio);
    const [dave, erin] = [await joins(trio, "dave", link), await joins(trio, "erin", link)];
    await dave.messenger.request({ peer: trio.bob.name });
    await trio.bob.isIn(dave, "open");
    await erin.messenger.request({ peer: trio.bob.name });
    await isAsked(trio, erin);
  });

  lie("replays the request once Bob has closed the chat: it opens nothing", async (trio) => {
    const { bob } = trio;
    const dave = await joins(trio, "dave", await bobInvites(trio));
    await dave.messenger.request({ peer: bob.name });
    await Promise.all([dave.isIn(bob, "open"), bob.isIn(dave, "open")]);
    const request = trio.last(Opcode.RTT, bob);
    await bob.closes(dave);
    await dave.isIn(bob, "closed-by-peer");
    trio.liar.post(request);
    await trio.liar.settled();
    assert.equal(bob.messenger.chat(directChat(dave.name)).phase, "closed-by-me");
    await dave.messenger.request({ peer: bob.name });
    await isAsked(trio, dave);
  });

  lie("gives a newcomer the name of a person whose key Bob has pinned: the chat stops", async (trio) => {
    const { alice, bob, carol, mallory } = trio;
    const link = await bobInvites(trio);
    await carol.closes(bob);
    await bob.isIn(carol, "closed-by-peer");
    const pass = parseInvite(link).pass;
    assert.ok(pass);
    // A person with Bob's link, who may be the server's accomplice, under Carol's name.
    const claim = { server: trio.liar.server, newcomer: mallory.publicKey, inviter: identityOf(bob) };
    const note = { text: "", passProof: provePass(pass.secret, claim) };
    let key: Uint8Array = new Uint8Array();
    trio.liar.lieAboutKeys = (_of, _by, genuine) => {
      key = genuine?.key ?? key;
      return genuine;
    };
    await alice.messenger.request({ peer: bob.name, note: "so that the server sees Bob's key" });
    const swapped = swapRequests(trio, async (one) => {
      const ends = { requester: carol.name, addressee: bob.name };
      const place = { conversation: conversationOf(one), server: trio.liar.server, ...ends };
      return byMallory(trio, one, carol, await sealNote(note, key, place));
    });
    await carol.messenger.request({ peer: bob.name });
    await swapped;
    await bob.isIn(carol, "key-changed");
    await bob.keepsOldKey(carol);
    await carol.closes(bob);
    trio.tellTheTruth();
    await carol.opensChatWith(bob);
  });

  lie("takes the pass out of the link, as in every link that the server made: Bob is asked", async (trio) => {
    const { pass: _taken, ...invite } = parseInvite(await bobInvites(trio));
    const dave = await joins(trio, "dave", inviteLink(invite));
    await dave.messenger.request({ peer: trio.bob.name });
    await isAsked(trio, dave);
    assert.equal(noteIn(trio.last(Opcode.RTT, trio.bob)).length, 0);
  });

  lie("while the setting is off: Bob is asked, and the pass is spent", async (trio) => {
    const { bob } = trio;
    const dave = await joins(trio, "dave", await bobInvites(trio));
    bob.acceptInvited = false;
    await dave.messenger.request({ peer: bob.name });
    await isAsked(trio, dave);
    await bob.refuses(dave);
    await dave.isIn(bob, "none");
    bob.acceptInvited = true;
    await dave.messenger.request({ peer: bob.name });
    await isAsked(trio, dave);
  });

  lie("when the newcomer's name looks like somebody else's: Bob is asked", async (trio) => {
    const caro1 = await joins(trio, "caro1", await bobInvites(trio));
    await caro1.messenger.request({ peer: trio.bob.name });
    await isAsked(trio, caro1);
  });

  lie("and withholds Bob's request key: a newcomer's request has no note, and Bob is asked", async (trio) => {
    const dave = await joins(trio, "dave", await bobInvites(trio));
    trio.liar.lieAboutKeys = () => undefined;
    await dave.messenger.request({ peer: trio.bob.name });
    await isAsked(trio, dave);
    await dave.closes(trio.bob);
    await assert.rejects(
      dave.messenger.request({ peer: trio.bob.name, note: "hi" }),
      code("note-unsealable"),
    );
  });
});
