import assert from "node:assert/strict";
import fc from "fast-check";
import { joinedTexts } from "../../contract/text.ts";
import { ComposerText } from "./composer-text.ts";

/** A messenger that accepts or refuses as the test says, a disk, and a page that behaves like composer.ts. */
class Desk {
  readonly taken: string[] = [];
  disk = "";
  composer = "";
  includes: string | undefined;
  readonly text: ComposerText;
  readonly #outcomes: ((refuse: boolean) => void)[] = [];
  #count = 0;
  readonly refusals: unknown[] = [];

  constructor() {
    this.text = new ComposerText({
      send: ({ text }) =>
        new Promise((take, reject) => {
          this.#outcomes.push((refuse) => {
            if (refuse) reject(new Error("not taken"));
            else {
              this.taken.push(text);
              take();
            }
          });
        }),
      keep: async (draft) => {
        this.disk = draft;
      },
      taken: () => {},
      refused: (ids, text) => {
        this.composer = joinedTexts([text, this.composer]);
        this.includes = ids.at(-1);
        queueMicrotask(() => void this.report());
      },
      failed: assert.ifError,
    });
  }

  async type(text: string): Promise<void> {
    this.composer += text;
    await this.report();
  }
  report(): Promise<void> {
    return this.text.edit(this.composer, this.includes);
  }
  enter(): void {
    if (this.composer === "") return;
    const text = this.composer;
    this.composer = "";
    this.text
      .send({ id: `${++this.#count}`.padStart(32, "0"), text })
      .catch((error: unknown) => this.refusals.push(error));
  }
  /** Discards the page and loads it again. */
  reload(): void {
    this.composer = this.text.begin(this.disk);
    this.includes = undefined;
  }
  get isSending(): boolean {
    return this.#outcomes.length > 0;
  }
  async decide(refuse: boolean): Promise<void> {
    this.#outcomes.shift()?.(refuse);
    await new Promise(setImmediate);
  }
}

describe("the text of a composer", () => {
  it("is on disk again at once when it was refused, before the text being written", async () => {
    const desk = new Desk();
    await desk.type("a thought");
    desk.enter();
    await desk.type("the next");
    assert.equal(desk.disk, "a thought\nthe next");
    await desk.decide(true);
    assert.equal(desk.composer, "a thought\nthe next");
    assert.equal(desk.disk, "a thought\nthe next");
    assert.equal(desk.refusals.length, 1);
    desk.enter();
    await desk.decide(false);
    assert.deepEqual(desk.taken, ["a thought\nthe next"]);
    assert.equal(desk.disk, "");
  });

  it("comes back once when the page had reported its draft before it knew of the refusal", async () => {
    const desk = new Desk();
    await desk.type("one");
    desk.enter();
    const stale = desk.text.edit("two", undefined);
    desk.composer = "two";
    await Promise.all([stale, desk.decide(true)]);
    await desk.report();
    assert.equal(desk.disk, "one\ntwo");
  });

  it("is sent in order, and the texts after a refused one come back with it", async () => {
    const desk = new Desk();
    for (const text of ["one", "two", "three"]) {
      await desk.type(text);
      desk.enter();
    }
    await desk.decide(false);
    await desk.decide(true);
    assert.deepEqual(desk.taken, ["one"]);
    assert.equal(desk.composer, "two\nthree");
    assert.equal(desk.isSending, false);
  });

  it("is complete at any moment: accepted, on disk or in the page, each word once and in order", async () => {
    const step = fc.oneof(
      fc.constant("type" as const),
      fc.constant("enter" as const),
      fc.constant("take" as const),
      fc.constant("refuse" as const),
      fc.constant("reload" as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const desk = new Desk();
        let word = 0;
        for (const one of steps) {
          switch (one) {
            case "type":
              await desk.type(` ${++word}`);
              break;
            case "enter":
              desk.enter();
              break;
            case "reload":
              await desk.report(); // as a page does when it becomes hidden
              desk.reload();
              break;
            default:
              await desk.decide(one === "refuse");
          }
        }
        while (desk.isSending) await desk.decide(true);
        await desk.report();
        const words = [...desk.taken, desk.disk].join("\n").match(/\d+/g) ?? [];
        assert.deepEqual(
          words,
          Array.from({ length: word }, (_, n) => String(n + 1)),
        );
        assert.equal(desk.disk, desk.composer);
      }),
    );
  });
});
