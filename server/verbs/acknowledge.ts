import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import type { Verb } from "./verb.ts";

/**
 * ACK from a client: confirms delivery `id`. Costs nothing, since each is the one answer to one of our
 * deliveries. Its body is ignored.
 */
export const acknowledge: Verb = {
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => 0,
  run(call) {
    if (!call.user.outbox.confirm(call.id))
      throw new ProtocolError("bad-message", "ACK for something that was never sent, or a second one");
  },
};
