/** Reads the settings for new chats. */

import type { NewChatDefaults } from "../../../messenger/model.ts";
import type { Settings } from "../../ids.ts";
import { setting } from "../editor.ts";

const HOUR = 60 * 60;
const DAY = 24 * HOUR;

const SECONDS: Readonly<Record<Settings["parley.newChats.disappearAfter"], number>> = {
  off: 0,
  "5m": 5 * 60,
  "1h": HOUR,
  "8h": 8 * HOUR,
  "1d": DAY,
  "7d": 7 * DAY,
  "28d": 28 * DAY,
};
const KEEPS: ReadonlySet<string> = new Set<NewChatDefaults["keep"]>(["forever", "90d", "7d", "1d", "off"]);
const MUTES: ReadonlySet<string> = new Set<NewChatDefaults["muted"]>(["no", "toasts", "all"]);

/** Reads the settings. Ignores values in settings.json that the manifest does not list. */
export function newChatDefaults(): NewChatDefaults {
  const keep = setting("parley.newChats.keepMessages");
  const muted = setting("parley.newChats.mute");
  return {
    keep: KEEPS.has(keep) ? keep : "forever",
    timerSeconds: SECONDS[setting("parley.newChats.disappearAfter")] ?? 0,
    muted: MUTES.has(muted) ? muted : "no",
  };
}
