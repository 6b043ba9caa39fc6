import { bareVerb } from "./verb.ts";

const PEOPLE_PER_WORK_UNIT = 10;

/** LIST: the people online. The answer grows with their number, so it costs more than a message. */
export const list = bareVerb(
  ({ services }) => 20 + Math.ceil(services.presence.size / PEOPLE_PER_WORK_UNIT),
  (call) => call.services.presence.list(call.user, call.id),
);
