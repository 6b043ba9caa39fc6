import { ProtocolError } from "../../protocol/errors.ts";
import { Presence, SetPresenceSchema } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { acknowledgeOnceStored, verb } from "./verb.ts";

/** PRESENCE from a client: be seen, or appear offline. Kept, so that the next sign-in shows nothing for a moment. */
export const setPresence = verb({
  schema: SetPresenceSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => 125, // told to everybody
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
