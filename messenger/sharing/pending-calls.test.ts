import assert from "node:assert/strict";
import { UsageError } from "../../protocol/errors.ts";
import { newMessageId, username } from "../../protocol/names.ts";
import type { Call, Params, Result } from "../calls.ts";
import { directChat } from "../chats/direct.ts";
import type { Shown } from "../model.ts";
import { PendingCalls } from "./pending-calls.ts";
import { RemoteView } from "./remote-view.ts";
import { ConnectionLost, type Role } from "./role.ts";

const BOB = username("bob");
const ACCEPTED = { chat: directChat(BOB), request: "theirs" as Shown<"request"> };
const draft = (text: string) => ({ chat: directChat(BOB), text });
const handedOver = (error: unknown) => error instanceof UsageError && error.code === "handed-over";

/** A role whose calls the test answers. */
class HandRole implements Role {
  readonly shown = new RemoteView();
  readonly ended = new Promise<void>(() => {});
  readonly asked: string[] = [];
  readonly #answers: { resolve: (value: never) => void; reject: (error: unknown) => void }[] = [];

  perform<C extends Call>(call: C, params: Params<C>): Promise<Result<C>> {
    this.asked.push(typeof params === "object" && "text" in params ? `${call} ${params.text}` : call);
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  answer(index: number, value?: unknown): void {
    this.#answers[index]?.resolve(value as never);
  }

  fail(index: number, error: unknown): void {
    this.#answers[index]?.reject(error);
  }

  focus(): void {}
  async close(): Promise<void> {}
}

describe("a pending call", () => {
  it("waits for a role, and is sent then, in order", () => {
    const calls = new PendingCalls();
    const role = new HandRole();
    void calls.ask("setDraft", draft("1"));
    void calls.ask("setDraft", draft("2"));
    calls.resume(role);
    void calls.ask("setDraft", draft("3"));
    assert.deepEqual(role.asked, ["setDraft 1", "setDraft 2", "setDraft 3"]);
  });

  it("is sent again in the next role, in order and before new ones, unless it was answered", async () => {
    const calls = new PendingCalls();
    const [first, second] = [new HandRole(), new HandRole()];
    calls.resume(first);
    const asked = ["1", "2", "3"].map((text) => calls.ask("setDraft", draft(text)));
    first.answer(1);
    await asked[1];
    first.fail(0, new ConnectionLost());
    calls.suspend();
    void calls.ask("setDraft", draft("4"));
    calls.resume(second);
    assert.deepEqual(second.asked, ["setDraft 1", "setDraft 3", "setDraft 4"]);
    second.answer(0);
    await asked[0];
  });

  it("is reported as possibly performed when repeating is not safe; one that was not sent yet is sent", async () => {
    const calls = new PendingCalls();
    const [first, second] = [new HandRole(), new HandRole()];
    calls.resume(first);
    const accepting = calls.ask("accept", ACCEPTED);
    calls.suspend();
    await assert.rejects(accepting, handedOver);
    void calls.ask("accept", ACCEPTED);
    calls.resume(second);
    assert.deepEqual(second.asked, ["accept"]);
  });

  it("ignores the late answer of a role that has ended", async () => {
    const calls = new PendingCalls();
    const [first, second] = [new HandRole(), new HandRole()];
    calls.resume(first);
    const asked = calls.ask("safetyNumber", { peer: BOB });
    calls.suspend();
    calls.resume(second);
    first.answer(0, "old");
    second.answer(0, "new");
    assert.equal(await asked, "new");
  });

  it("is given up when three leaders died during it", async () => {
    const calls = new PendingCalls();
    const asked = calls.ask("send", { chat: directChat(BOB), text: "fatal", id: newMessageId() });
    for (let round = 0; round < 3; round++) {
      calls.resume(new HandRole());
      calls.suspend();
    }
    await assert.rejects(asked, handedOver);
  });

  it("is rejected with the call's error", async () => {
    const calls = new PendingCalls();
    const role = new HandRole();
    calls.resume(role);
    const asked = calls.ask("accept", ACCEPTED);
    const error = new UsageError("wrong-state", "not invited");
    role.fail(0, error);
    await assert.rejects(asked, error);
  });

  it("is rejected when nobody will answer", async () => {
    const calls = new PendingCalls();
    const asked = calls.ask("setDraft", draft("1"));
    const error = new UsageError("closed", "closing");
    calls.rejectAll(error);
    await assert.rejects(asked, error);
  });
});
