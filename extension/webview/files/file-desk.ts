/** What the page knows of files beyond their messages: how much of each is here, why an action failed; and the actions of their buttons. */
import type { PanelFileState, PanelMessage } from "../../contract/panel.ts";
import type { Host } from "../host.ts";
import { strings } from "../strings.ts";
import { type FileName, Pictures } from "./pictures.ts";
import type { Viewer } from "./viewer.ts";

export type FileAction = "download" | "stop" | "save" | "open";

export interface FileDeskParts {
  readonly host: Host;
  readonly viewer: Viewer;
  readonly announce: (text: string) => void;
  readonly redraw: () => void;
}

/** The files of a message, for its card. */
export interface MessageFiles {
  readonly id: string;
  readonly mine: boolean;
  readonly states: readonly PanelFileState[];
  readonly desk: FileDesk;
}

export class FileDesk {
  readonly pictures: Pictures;
  readonly #parts: FileDeskParts;
  /** How much of a file is here, 0 to 1. */
  readonly #done = new Map<string, number>();
  readonly #failures = new Map<string, string>();
  /** The files that the user has asked for: their end is spoken. */
  readonly #asked = new Set<string>();
  readonly #versions = new Map<string, number>();
  #connected = false;

  constructor(parts: FileDeskParts) {
    this.#parts = parts;
    this.pictures = new Pictures(parts.host);
  }

  get viewer(): Viewer {
    return this.#parts.viewer;
  }

  get isConnected(): boolean {
    return this.#connected;
  }

  set isConnected(connected: boolean) {
    this.#connected = connected;
  }

  /** Returns values that change with everything that the cards of that message draw from here. */
  version({ id, files }: Pick<PanelMessage, "id" | "files">): readonly unknown[] {
    return files === undefined ? [] : [files, this.#versions.get(id), this.#connected];
  }

  doneOf(name: FileName): number | undefined {
    return this.#done.get(keyOf(name));
  }

  failureOf(name: FileName): string | undefined {
    return this.#failures.get(keyOf(name));
  }

  act(name: FileName, does: FileAction): void {
    this.#failures.delete(keyOf(name));
    if (does === "stop") this.#asked.delete(keyOf(name));
    else this.#asked.add(keyOf(name));
    this.#parts.host.post({ type: "file", ...name, does });
    this.#changed(name.id);
  }

  fetched({ id, item, done }: FileName & { readonly done: number }): void {
    this.#done.set(keyOf({ id, item }), done);
    this.#changed(id);
  }

  failed({ id, item, text }: FileName & { readonly text: string }): void {
    this.#failures.set(keyOf({ id, item }), text);
    this.#asked.delete(keyOf({ id, item }));
    this.#parts.announce(text);
    this.#changed(id);
  }

  /** Looks at the new state of a message. */
  updated({ id, files = [] }: Pick<PanelMessage, "id" | "files">): void {
    for (const [item, state] of files.entries()) {
      const key = keyOf({ id, item });
      if (state.type === "fetching") continue;
      this.#done.delete(key);
      if (state.type !== "there" && this.#asked.delete(key))
        this.#parts.announce(strings.fileEnded[state.type]);
    }
  }

  /** Forgets deleted messages, and closes the picture of one that is on screen. */
  removed(ids: readonly string[]): void {
    for (const id of ids) {
      this.#versions.delete(id);
      this.viewer.closeOf(id);
      for (const map of [this.#done, this.#failures, this.#asked])
        for (const key of [...map.keys()]) if (key.startsWith(`${id} `)) map.delete(key);
    }
  }

  #changed(id: string): void {
    this.#versions.set(id, (this.#versions.get(id) ?? 0) + 1);
    this.#parts.redraw();
  }
}

function keyOf({ id, item }: FileName): string {
  return `${id} ${item}`;
}
