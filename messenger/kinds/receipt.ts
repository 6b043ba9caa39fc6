/** Another person's device has messages of mine, or its user has read them. */
import type { Receipt } from "../../protocol/e2ee/kinds/receipt.ts";
import type { SignalKind } from "./kind.ts";

export const receipt: SignalKind<Receipt> = {
  effect: {
    does: "signal",
    act: ({ ids, state }, chat) => {
      chat.noteReceipt(ids, state);
      return true;
    },
  },
};
