import assert from "node:assert/strict";
import type { Chat, Person } from "../messenger/model.ts";
import type { Snapshots } from "../messenger/sharing/snapshots.ts";
import { complete } from "./complete.ts";

const people = ["alice", "alan", "bob"].map((name) => ({ name }) as Person);
const chats = [
  { title: "alice", phase: "invited" },
  { title: "bob", phase: "open" },
] as Chat[];
const shown = { people: () => people, chats: () => chats } as unknown as Snapshots;

describe("completion", () => {
  for (const [line, found, word] of [
    ["/li", ["/list "], "/li"],
    ["/re", ["/react ", "/refuse ", "/reply ", "/request ", "/retry "], "/re"],
    ["/request al", ["alan ", "alice "], "al"],
    ["/accept ", ["alice "], ""],
    ["/chat b", ["bob "], "b"],
    ["/help ver", ["verify "], "ver"],
    ["/request bob hello al", [], "/request bob hello al"],
    ["/history ", [], ""],
    ["/toString ", [], ""],
    ["hello al", [], "hello al"],
    ["//li", [], "//li"],
  ] as const)
    it(`of ${JSON.stringify(line)} is ${found.length === 0 ? "nothing" : found.join("")}`, () =>
      assert.deepEqual(complete(line, shown), [found, word]));
});
