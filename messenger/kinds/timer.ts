/** The time after which both sides' new messages disappear. The chat notes a change as an event. */
import type { Timer } from "../../protocol/e2ee/kinds/timer.ts";
import type { SignalKind } from "./kind.ts";

export const timer: SignalKind<Timer> = {
  effect: { does: "signal", act: ({ seconds, version }, chat) => chat.setTimer({ seconds, version }) },
};
