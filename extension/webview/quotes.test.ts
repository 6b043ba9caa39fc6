import assert from "node:assert/strict";
import type { PanelMessage } from "../contract/panel.ts";
import { Quotes, quoteText } from "./quotes.ts";

const message = (id: string, text: string): PanelMessage => ({
  ...{ id, author: "bob", mine: false, at: 1, position: 1 },
  body: { kind: "text", text },
});

describe("the quotes of replies", () => {
  let loaded: Map<string, PanelMessage>;
  let requested: string[][];
  let quotes: Quotes;
  beforeEach(() => {
    loaded = new Map();
    requested = [];
    quotes = new Quotes({ loaded: (id) => loaded.get(id), request: (ids) => requested.push(ids) });
  });
  const text = (id: string) => quoteText(quotes.of(id));

  it("are drawn from loaded messages, which need no request", () => {
    loaded.set("1", message("1", "**one**"));
    assert.equal(text("1"), "bob: one");
    loaded.set("1", message("1", "two"));
    assert.equal(text("1"), "bob: two");
    quotes.request();
    assert.deepEqual(requested, []);
  });
  it("are requested once each, together", () => {
    for (const id of ["1", "2", "1"]) assert.equal(text(id), "…");
    quotes.request();
    text("2");
    text("3");
    quotes.request();
    quotes.request();
    assert.deepEqual(requested, [["1", "2"], ["3"]]);
  });
  it("say so where the message is gone, also when it goes later, and follow its edits", () => {
    quotes.take(["1", "2"], [message("2", "here")]);
    assert.equal(text("1"), "The message isn't on this computer");
    assert.equal(text("2"), "bob: here");
    quotes.changed(message("2", "edited"));
    assert.equal(text("2"), "bob: edited");
    quotes.removed(["2"]);
    assert.equal(text("2"), "The message isn't on this computer");
    quotes.changed(message("9", "nobody quotes this"));
    quotes.request();
    assert.equal(text("9"), "…", "only what was asked for is kept");
  });
  it("keep one line of a long message", () => {
    quotes.take(["1"], [message("1", `${"word ".repeat(10_000)}\nmore`)]);
    assert.ok(text("1").length < 200);
  });
});
