/** Reports the reader's place to the extension, which gives it to the chat's next page. */
import type { ReaderPlace } from "../contract/reader-place.ts";
import type { Host } from "./host.ts";

/** Milliseconds without scrolling before the place is reported. */
const REPORT_DELAY_MS = 200;

export class PlaceReporter {
  readonly #host: Host;
  readonly #read: () => ReaderPlace | undefined;
  #reported = "";
  #timer: number | undefined;

  /** @param read returns the place, or undefined until there are messages */
  constructor(host: Host, read: () => ReaderPlace | undefined) {
    this.#host = host;
    this.#read = read;
    document.addEventListener("visibilitychange", () => this.report());
    window.addEventListener("blur", () => this.report());
  }

  moved(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.report(), REPORT_DELAY_MS);
  }

  report(): void {
    window.clearTimeout(this.#timer);
    const place = this.#read();
    const text = JSON.stringify(place ?? {});
    if (place === undefined || text === this.#reported) return;
    this.#reported = text;
    this.#host.post({ type: "place", place });
  }
}
