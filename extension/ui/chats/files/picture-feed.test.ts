import assert from "node:assert/strict";
import { directChat } from "../../../../messenger/chats/direct.ts";
import type { FilePart } from "../../../../messenger/model.ts";
import { username } from "../../../../protocol/names.ts";
import { type HostMessage, parseHostMessage } from "../../../contract/panel.ts";
import { PictureFeed } from "./picture-feed.ts";

const MIB = 1024 * 1024;
const picture = { type: "image/png", width: 3, height: 4, frames: 1 } as const;
const idOf = (number: number) => number.toString(16).padStart(32, "0");

/** A page, and a messenger with pictures of `bytes` each, that answers when it is let. */
function stage(bytes: number) {
  const posts: HostMessage[] = [];
  const reads: { readonly id: string; readonly offset: number }[] = [];
  let waiting: (() => void)[] = [];
  let held = false;
  const feed = new PictureFeed({
    chat: directChat(username("bob")),
    post: (message) => posts.push(message) > 0,
    failed: () => undefined,
    calls: {
      async readFile({ id, offset }): Promise<FilePart> {
        reads.push({ id, offset });
        if (held) await new Promise<void>((go) => waiting.push(go));
        const data = Buffer.alloc(Math.min(MIB, bytes - offset), 7).toString("base64");
        return { kind: "picture", picture, bytes, data };
      },
    },
  });
  const letGo = () => {
    held = false;
    for (const go of waiting) go();
    waiting = [];
  };
  const until = async (done: () => boolean) => {
    while (!done()) await settled();
  };
  return { feed, posts, reads, until, letGo, hold: () => (held = true) };
}
const settled = () => new Promise((done) => setTimeout(done, 0));
const none = (posts: readonly HostMessage[]) => posts.filter((post) => post.type === "noPicture");
const lastParts = (posts: readonly HostMessage[], bytes: number) =>
  posts.filter((post) => post.type === "picturePart" && post.offset + post.data.length === bytes);

describe("the pictures of a page", () => {
  it("come in parts that the page accepts, one picture after the other", async () => {
    const bytes = 2 * MIB + 5;
    const { feed, posts, reads, until } = stage(bytes);
    feed.ask({ id: idOf(1), item: 0 });
    feed.ask({ id: idOf(2), item: 1 });
    await until(() => lastParts(posts, bytes).length === 2);
    assert.deepEqual(
      reads.map(({ id, offset }) => [id, offset]),
      [1, 2].flatMap((n) => [0, MIB, 2 * MIB].map((offset) => [idOf(n), offset])),
    );
    for (const post of posts) assert.deepEqual(parseHostMessage(post), post);
    feed.pageGone();
  });

  it("are no more than 64 MiB at once, and others come once the page lets go of some", async () => {
    const bytes = 16 * MIB;
    const { feed, posts, until } = stage(bytes);
    for (let n = 0; n < 5; n++) feed.ask({ id: idOf(n), item: 0 });
    await until(() => none(posts).length === 1);
    assert.deepEqual(none(posts), [{ type: "noPicture", id: idOf(4), item: 0, why: "full" }]);
    assert.equal(lastParts(posts, bytes).length, 4);
    feed.ask({ id: idOf(0), item: 0 }); // again, without having let go: it still counts once
    await until(() => lastParts(posts, bytes).length === 5);
    feed.gone({ id: idOf(1), item: 0 });
    feed.ask({ id: idOf(4), item: 0 });
    await until(() => lastParts(posts, bytes).length === 6);
    feed.pageGone();
  });

  it("of all pages of a window are bounded together", async () => {
    const bytes = 16 * MIB;
    const pages = Array.from({ length: 4 }, () => stage(bytes));
    for (const { feed, posts, until } of pages) {
      for (let n = 0; n < 4; n++) feed.ask({ id: idOf(n), item: 0 });
      await until(() => lastParts(posts, bytes).length + none(posts).length === 4);
    }
    assert.deepEqual(
      pages.map(({ posts }) => none(posts).length),
      [0, 0, 0, 4],
    );
    pages[0]?.feed.pageGone();
    const last = pages[3];
    last?.feed.ask({ id: idOf(0), item: 0 });
    await last?.until(() => lastParts(last.posts, bytes).length === 1);
    for (const { feed } of pages) feed.pageGone();
  });

  it("are asked for by at most 40 requests that wait", async () => {
    const { feed, posts, reads, until, hold, letGo } = stage(100);
    hold();
    for (let n = 0; n < 60; n++) feed.ask({ id: idOf(n), item: 0 });
    for (let n = 0; n < 60; n++) feed.ask({ id: idOf(30), item: 0 });
    assert.equal(none(posts).length, 19, "one is being read, 40 wait");
    assert.equal(reads.length, 1);
    feed.pageGone();
    letGo();
    feed.ask({ id: idOf(99), item: 0 });
    await until(() => lastParts(posts, 100).length > 0);
    const given = posts.filter((post) => post.type === "picturePart").map(({ id }) => id);
    assert.deepEqual(given, [idOf(99)], "nothing that an earlier page asked for");
  });

  it("that the page lets go of while they are read are not counted, and come when asked for again", async () => {
    const bytes = 16 * MIB;
    const { feed, posts, reads, until, hold, letGo } = stage(bytes);
    for (let n = 0; n < 10; n++) {
      hold();
      feed.ask({ id: idOf(n), item: 0 });
      await until(() => reads.length === n + 1);
      feed.gone({ id: idOf(n), item: 0 });
      letGo();
      await settled();
    }
    assert.deepEqual(posts, []);
    feed.ask({ id: idOf(0), item: 0 });
    await until(() => lastParts(posts, bytes).length === 1);
    assert.deepEqual(none(posts), []);
    feed.pageGone();
  });
});
