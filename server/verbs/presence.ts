import { ProtocolError } from "../../protocol/errors.ts";
import { Presence, SetPresenceSchema } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { acknowledgeOnceStored, verb } from "./verb.ts";

/**
 * PRESENCE from a client: appear online or offline. Stored, so that the next sign-in does not show the user
 * for a moment.
 */
export const setPresence = verb({
  schema: SetPresenceSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => 125, // broadcast to everybody
  handle(call, { presence }) {
    if (presence !== Presence.ONLINE && presence !== Presence.OFFLINE)
      throw new ProtocolError("bad-message", "unknown presence");
    const { store, presence: people } = call.services;
    const hidden = presence === Presence.OFFLINE;
    store.directory.hide(call.user.name, hidden);
    people.hide(call.user, hidden);
    acknowledgeOnceStored(call);
  },
});
