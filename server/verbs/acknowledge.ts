import { ProtocolError } from "../../protocol/errors.ts";
import { AckSchema } from "../../protocol/wire/parley_pb.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { verb } from "./verb.ts";

/** ACK from a client: it has delivery `id`. Costs nothing, since each is the one answer to one of ours. */
export const acknowledge = verb({
  schema: AckSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => 0,
  handle(call) {
    if (!call.user.outbox.confirm(call.id))
      throw new ProtocolError("bad-message", "ACK for something that was never sent, or a second one");
  },
});
