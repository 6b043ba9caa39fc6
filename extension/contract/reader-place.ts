/** The reader's place in a chat: its page reports it, and the extension gives it to the next page of that chat, in whichever place that is. */
import * as v from "valibot";

const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** More than the tallest message has. */
const MAX_OFFSET_PX = 10_000_000;

export const readerPlace = v.strictObject({
  /** The message at the top of the view, and the pixels between its top edge and the view's. Left out: the page shows the end, and follows it. */
  top: v.exactOptional(
    v.strictObject({
      id,
      position: count,
      offset: v.pipe(v.number(), v.minValue(-MAX_OFFSET_PX), v.maxValue(MAX_OFFSET_PX)),
    }),
  ),
  /** Id of the message after the "new messages" line. */
  unreadLine: v.exactOptional(id),
  /** Id of the message that has the focus. Left out: another part of the page has it, or none. */
  focused: v.exactOptional(id),
  /** The selection in the composer, in UTF-16 units. */
  cursor: v.exactOptional(v.strictObject({ start: count, end: count })),
});

export type ReaderPlace = Readonly<v.InferOutput<typeof readerPlace>>;
