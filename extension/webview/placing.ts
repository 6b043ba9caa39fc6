/** Places menus and the emoji picker, which open over the page. */

/** Distance from the edge of the page. */
const MARGIN_PX = 4;

/** Puts a fixed element below the anchor, or above it where there is no room, aligned with its end and within the page. */
export function placeAt(element: HTMLElement, anchor: HTMLElement): void {
  const { right, bottom, top } = anchor.getBoundingClientRect();
  const { width, height } = element.getBoundingClientRect();
  const below = bottom + height + MARGIN_PX <= window.innerHeight ? bottom : top - height;
  const within = (value: number, room: number) => Math.max(MARGIN_PX, Math.min(value, room - MARGIN_PX));
  element.style.setProperty("left", `${within(right - width, window.innerWidth - width)}px`);
  element.style.setProperty("top", `${within(below, window.innerHeight - height)}px`);
}
