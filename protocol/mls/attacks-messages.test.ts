/** Forged tags and signatures, replays, and messages of another epoch or generation. */
import assert from "node:assert/strict";
import { seal } from "./application.ts";
import { forged, insider, none, others, refusedBy, refusedByOne, room } from "./attacked-room-fixture.ts";
import { ascii, random } from "./bytes.ts";
import { createCommit } from "./commit.ts";
import { UnavailableError, ValidationError, VerificationError } from "./errors.ts";
import { commitIn, groupAt, roomOf } from "./members-fixture.ts";
import { decodeAs, encodeMessage } from "./message.ts";
import { receive } from "./receive.ts";
import { leafIndex } from "./tree-math.ts";

describe("MLS attacks: tags and signatures", () => {
  it("refuses a forged confirmation tag", () => {
    refusedBy(others, forged({ confirmationTag: () => random(32) }), VerificationError, "§6.1");
    refusedBy(others, forged({ confirmationTag: () => ascii("") }), VerificationError, "§6.1");
  });

  it("refuses a forged membership tag, and another member's signature", () => {
    const { publicMessage } = decodeAs("mls_public_message", forged({}));
    const forgedTag = { ...publicMessage, membershipTag: random(32) };
    refusedBy(
      others,
      encodeMessage({ wireFormat: "mls_public_message", publicMessage: forgedTag }),
      VerificationError,
      "§6.2",
    );
    const as = (leaf: number) =>
      forged({
        content: (content) => ({ ...content, sender: { type: "member", leafIndex: leafIndex(leaf) } }),
      });
    refusedBy(others.slice(1), as(1), VerificationError, "§5.1.2");
    // Sealed with b's ratchet, which every member can derive: only the signature identifies the sender.
    const said = seal({ ...insider, ownLeaf: leafIndex(1) }, ascii("as b"));
    refusedBy(others.slice(1), said.message, VerificationError, "§5.1.2");
    refusedBy(others, as(100), ValidationError, "§6.1");
  });

  it("refuses replays, other epochs, generations far ahead and other groups", () => {
    const said = seal(insider, ascii("once"));
    const once = receive(groupAt(room, 1), said.message, none);
    assert(once.type === "application");
    refusedByOne(once.next, said.message, UnavailableError, "§9.2");
    const made = commitIn(room, 0, {});
    const later = seal(groupAt(made.room, 0), ascii("later"));
    refusedByOne(groupAt(room, 1), later.message, UnavailableError, "§15.3");
    refusedByOne(groupAt(made.room, 1), made.message, UnavailableError, "§14");
    refusedByOne(groupAt(room, 1), commitIn(made.room, 0, {}).message, UnavailableError, "§14");
    let speaker = insider;
    for (let i = 0; i <= 1024; i++) speaker = seal(speaker, ascii("")).next;
    refusedByOne(groupAt(room, 1), seal(speaker, ascii("far")).message, UnavailableError, "§9.2");
    const elsewhere = roomOf(["a", "b"]);
    const foreign = {
      ...groupAt(elsewhere, 0),
      context: { ...groupAt(elsewhere, 0).context, groupId: ascii("other") },
    };
    refusedByOne(groupAt(room, 1), seal(foreign, ascii("x")).message, ValidationError, "§6");
    refusedByOne(
      insider,
      createCommit(insider, { format: "mls_public_message" }, none).message,
      ValidationError,
      "§12.4.2",
    );
  });
});
