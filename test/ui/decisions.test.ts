/** A toast with a request is on screen, and the server replaces the request before Accept is pressed. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fingerprint, Identity } from "../../protocol/identity/identity.ts";
import { inviteLink } from "../../protocol/identity/invite.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { INVITE_TOKEN_BYTES } from "../../protocol/limits.ts";
import { idBytes, newConversationId, username } from "../../protocol/names.ts";
import { Opcode, RequestToTalkSchema } from "../../protocol/wire/parley_pb.ts";
import { LyingServer, letter } from "../fixtures/lying-server.ts";
import { temporaryAuthority } from "../fixtures/scripted-server.ts";
import { withScene } from "./scene.ts";
import type { EditorWindow } from "./window.ts";

const [ALICE, BOB] = [username("alice"), username("bob")];
const ASKED = "alice wants to talk to you.";

describe("a request that changes while it is on screen", function () {
  this.timeout(180_000);
  this.bail(true);
  const scene = withScene();
  let authority: Awaited<ReturnType<typeof temporaryAuthority>>;
  let server: LyingServer;
  let bob: EditorWindow;
  const [shown, swapped] = [Identity.generate(), Identity.generate()];
  const keyOf = ({ publicKey }: Identity) => `Key: ${fingerprint(publicKey)}`;

  before(async () => {
    authority = await temporaryAuthority();
    server = await LyingServer.start(authority.authority);
    // Bob's answers are not delivered.
    server.lie = () => [];
    const user = await scene.user("bob", { env: { PARLEY_INVITE: server.link, PARLEY_NAME: BOB } });
    bob = user.window;
    await bob.status("bob").waitFor();
  });
  after(async () => {
    await server?.stop();
    await authority?.remove();
  });

  /** Sends a request with that key in Alice's name; resolves when Bob has received it. */
  async function asks(identity: Identity): Promise<void> {
    const conversation = newConversationId();
    const [addresseeKey, note] = [new Uint8Array(), new Uint8Array()];
    const asked = {
      conversation,
      server: server.server,
      requester: ALICE,
      addressee: BOB,
      addresseeKey,
      note,
    };
    server.post(
      letter(BOB, Opcode.RTT, RequestToTalkSchema, {
        conversation: idBytes(conversation),
        peer: ALICE,
        identityKey: identity.publicKey,
        signature: signTalkRequest(identity, asked),
      }),
    );
    await server.settled();
  }

  it("is not accepted from the toast that showed the earlier one, and the user is told", async () => {
    await bob.showParley();
    await asks(shown);
    const toast = bob.notification(ASKED);
    await toast.hover(); // The editor keeps a notification while the pointer is on it.
    await asks(swapped);
    await bob.screenshot("30-request-swapped");
    await toast.getByRole("button", { name: "Accept", exact: true }).click();
    await bob.notification("The request from alice changed while you were looking").waitFor();
    await bob.screenshot("31-request-changed");
    await bob.row("alice, wants to talk").waitFor();
    assert.equal(await bob.tab("alice").count(), 0);
    await bob.command("Notifications: Clear All Notifications");
  });

  it("is shown with its key before it is accepted from the palette", async () => {
    await bob.command("Parley: Accept Request");
    await bob
      .dialog(ASKED)
      .filter({ hasText: keyOf(swapped) })
      .waitFor();
    await bob.screenshot("32-request-in-dialog");
    await bob.pressInDialog(ASKED, "Cancel");
    await bob.row("alice, wants to talk").waitFor();
  });

  it("is accepted when it is the one on screen", async () => {
    await bob.pressInRow("alice, wants to talk", "Accept Request");
    await bob.chat.with("alice");
    await bob.row("alice, wants to talk").waitFor({ state: "detached" });
    await bob.row("alice, offline, agreeing on keys").waitFor();
  });
});

describe("an invite in the environment, to a server elsewhere", function () {
  this.timeout(180_000);
  const scene = withScene();
  let dave: EditorWindow;

  before(async () => {
    const link = inviteLink({
      ...{ host: "192.0.2.1", port: 7750, token: randomBytes(INVITE_TOKEN_BYTES) },
      ...{ caFingerprint: new Uint8Array(32).fill(0xab), expiresAt: new Date(Date.now() + 3_600_000) },
    });
    dave = (await scene.user("dave", { env: { PARLEY_INVITE: link, PARLEY_NAME: "dave" } })).window;
  });

  it("is confirmed with its server and its authority's fingerprint, and dropped on Cancel", async () => {
    const question = dave.dialog("Join the Parley server at 192.0.2.1:7750?");
    await question.filter({ hasText: "abab abab" }).waitFor();
    await dave.screenshot("33-asked-for-environment");
    await dave.pressInDialog("Join the Parley server", "Cancel");
    await dave.showParley();
    await dave.sidebar().getByRole("button", { name: "Join with Invite…" }).waitFor();
  });
});
