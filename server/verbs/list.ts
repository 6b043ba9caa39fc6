import { bareVerb } from "./verb.ts";

/** Who is online. The answer grows with the number of people, so it costs more than a message. */
export const list = bareVerb(20, (call) => call.services.presence.list(call.user, call.id));
