/** The files of which a page knows. A page that was taken over can request nothing of others, even in its own chat. */
import type { PanelMessage } from "../../../contract/panel.ts";

export class GivenFiles {
  /** By the id of their message: how many it has. */
  readonly #given = new Map<string, number>();

  /** Notes that the page gets a message, new or changed. */
  gives({ id, files }: Pick<PanelMessage, "id" | "files">): void {
    if (files === undefined) this.#given.delete(id);
    else this.#given.set(id, files.length);
  }

  /** Notes that the messages were deleted. */
  removes(ids: readonly string[]): void {
    for (const id of ids) this.#given.delete(id);
  }

  /** Notes that there is no page any more. */
  clear(): void {
    this.#given.clear();
  }

  has({ id, item }: { readonly id: string; readonly item: number }): boolean {
    return item < (this.#given.get(id) ?? 0);
  }
}
