/** After how long what both write from now on disappears. The chat notes a change as an event. */
import type { Timer } from "../../protocol/e2ee/kinds/timer.ts";
import type { SignalKind } from "./kind.ts";

export const timer: SignalKind<Timer> = {
  effect: { does: "signal", act: ({ seconds, version }, chat) => chat.setTimer({ seconds, version }) },
};
