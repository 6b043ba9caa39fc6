/** The lines of a conversation's own story as sentences, the same on screen and in an exported file. */

/** @param peer made fit for where it is shown. @returns the event itself where a later version wrote it */
export function eventText(event: string, peer: string): string {
  switch (event) {
    case "opened":
      return "Chat opened. It is end-to-end encrypted.";
    case "closed-by-me":
      return "You closed the chat.";
    case "closed-by-peer":
      return `${peer} closed the chat.`;
    case "refused":
      return "The request to talk was refused.";
    case "key-changed":
      return `The identity key of ${peer} changed.`;
    case "key-accepted":
      return `You trusted the new identity key of ${peer}.`;
    case "undecryptable":
      return "A message could not be decrypted. It was forged, repeated, or meant for keys that are gone.";
    case "missing":
      return `Something that ${peer} sent before the next message has not arrived.`;
    case "late":
      return `The next message arrived late: ${peer} sent it before what is above it.`;
    case "restored":
      return "What is above comes from a backup. Ask to talk again to go on.";
    default:
      return event;
  }
}
