/** The lines of a conversation's own story as sentences, the same on screen and in an exported file. */
import { durationText } from "./duration-text.ts";

/** @param peer made fit for where it is shown. @param seconds of a timer. @returns the event itself where a later version wrote it */
export function eventText(event: string, peer: string, seconds = 0): string {
  switch (event) {
    case "opened":
      return "Chat opened. It is end-to-end encrypted.";
    case "came-by-my-invite":
      return `${peer} came by your invite, so the request to talk was accepted for you.`;
    case "closed-by-me":
      return "You closed the chat.";
    case "closed-by-peer":
      return `${peer} closed the chat.`;
    case "refused":
      return "The request to talk was refused.";
    case "gave-way":
      return `Your request no longer waits: too many others have asked ${peer} to talk. You can ask again.`;
    case "key-changed":
      return `The identity key of ${peer} changed.`;
    case "key-accepted":
      return `You trusted the new identity key of ${peer}.`;
    case "undecryptable":
      return "A message couldn't be decrypted. It was forged, repeated, or meant for keys that are gone.";
    case "keys-lost":
      return `A message from ${peer} couldn't be decrypted with the keys on this device. New keys are being agreed on, and it will be sent again.`;
    case "keys-lost-by-peer":
      return `The device of ${peer} no longer has the keys of this conversation. New keys are being agreed on, and what hasn't arrived will be sent again.`;
    case "renewed":
      return "New keys were agreed on. What hadn't arrived is sent again.";
    case "missing":
      return `Something that ${peer} sent before the next message hasn't arrived.`;
    case "late":
      return "Arrived late: sent before the messages above.";
    case "restored":
      return `The messages above come from a backup. New keys are being agreed on with ${peer}, and what hadn't arrived will be sent again.`;
    case "timer-set-by-me":
      return timerText("You", seconds);
    case "timer-set-by-peer":
      return timerText(peer, seconds);
    default:
      return event;
  }
}

function timerText(who: string, seconds: number): string {
  if (seconds === 0) return `${who} turned off disappearing messages.`;
  return `${who} set messages to disappear after ${durationText(seconds)}, for both of you.`;
}
