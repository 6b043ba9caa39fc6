/**
 * Gives a page the bytes of pictures that it shows, in parts, one picture at a time. The messenger has checked each against its message's
 * SHA-256 and has read its type and size from its bytes.
 */
import type { ChatId, FilePart } from "../../../../messenger/model.ts";
import type { SharedMessenger } from "../../../../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../../../../protocol/names.ts";
import type { HostMessage } from "../../../contract/panel.ts";
import { PictureBudget } from "./picture-budget.ts";

/** More than a page has on screen at once, however small they are. */
const MAX_WAITING = 40;

type WhyNot = Extract<HostMessage, { type: "noPicture" }>["why"];

export interface PictureName {
  readonly id: string;
  readonly item: number;
}

export interface PictureFeedParts {
  readonly chat: ChatId;
  readonly calls: Pick<SharedMessenger["calls"], "readFile">;
  /** @returns false where there is no page */
  readonly post: (message: HostMessage) => boolean;
  readonly failed: (error: unknown) => void;
}

export class PictureFeed {
  readonly #parts: PictureFeedParts;
  readonly #budget = new PictureBudget();
  #waiting: PictureName[] = [];
  /** The picture that is being read. Undefined too once the page has let go of it, or is gone: the rest is not posted then. */
  #current: PictureName | undefined;
  #serving = false;

  constructor(parts: PictureFeedParts) {
    this.#parts = parts;
  }

  /** Gives the page that picture after those that it asked for before. */
  ask({ id, item }: PictureName): void {
    if (this.#waiting.some((other) => keyOf(other) === keyOf({ id, item }))) return;
    if (this.#waiting.length >= MAX_WAITING) this.#refuse({ id, item }, "full");
    else this.#waiting.push({ id, item });
    if (!this.#serving) void this.#serve();
  }

  /** Notes that the page has let go of a picture, or no longer waits for it. */
  gone(name: PictureName): void {
    const key = keyOf(name);
    this.#waiting = this.#waiting.filter((other) => keyOf(other) !== key);
    if (this.#current !== undefined && keyOf(this.#current) === key) this.#current = undefined;
    this.#budget.free(key);
  }

  /** Notes that the page is gone, with all that it held. */
  pageGone(): void {
    this.#waiting = [];
    this.#current = undefined;
    this.#budget.freeAll();
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    for (let name = this.#waiting.shift(); name !== undefined; name = this.#waiting.shift()) {
      this.#current = name;
      try {
        await this.#give(name);
      } catch (error) {
        this.#parts.failed(error);
        if (this.#current === name) this.#refuse(name, "failed");
      }
    }
    this.#current = undefined;
    this.#serving = false;
  }

  async #give(name: PictureName): Promise<void> {
    const { chat, calls, post } = this.#parts;
    for (let offset = 0, more = true; more; ) {
      // parsePageMessage has checked the form of the id. The messenger checks that the message is in this chat.
      const file = { chat, id: name.id as MessageId, item: name.item };
      const part: FilePart = await calls.readFile({ ...file, as: "picture", offset });
      if (this.#current !== name) return;
      if (part.kind !== "picture") return this.#refuse(name, whyNot(part));
      if (offset === 0 && !this.#budget.take(keyOf(name), part.bytes)) return this.#refuse(name, "full");
      const data = new Uint8Array(Buffer.from(part.data, "base64"));
      const { type: media, width, height, frames } = part.picture;
      const size = part.bytes;
      post({ type: "picturePart", ...name, media, width, height, frames, size, offset, data });
      offset += data.length;
      more = data.length > 0 && offset < size;
    }
  }

  #refuse(name: PictureName, why: WhyNot): void {
    this.#budget.free(keyOf(name));
    this.#parts.post({ type: "noPicture", ...name, why });
  }
}

/** @param part the answer to a request for a picture, so never a text */
function whyNot(part: Exclude<FilePart, { readonly kind: "picture" }>): WhyNot {
  return part.kind === "text" || part.why === "no-text" ? "failed" : part.why;
}

function keyOf({ id, item }: PictureName): string {
  return `${id} ${item}`;
}
