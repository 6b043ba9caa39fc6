/** KeyPackages and Welcomes are forwarded unread; the server checks only their size. */
import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_KEY_MATERIAL_BYTES } from "../../protocol/limits.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { words } from "../words/words.ts";

/**
 * Some slack above the bound itself: a body slightly too large is refused, a much larger one ends the
 * connection.
 */
export const MAX_KEY_MATERIAL_BODY_BYTES = 2 * MAX_KEY_MATERIAL_BYTES + MAX_SMALL_BODY_BYTES;

/**
 * Checks the size.
 * @throws Refusal TOO_LARGE; ProtocolError for an empty one, which the other client would blame on the server
 */
export function checkKeyMaterial(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new ProtocolError("bad-message", "no key material");
  if (bytes.length > MAX_KEY_MATERIAL_BYTES)
    throw new Refusal(
      ErrorCode.TOO_LARGE,
      words.refusals.message.keyMaterialTooLarge(MAX_KEY_MATERIAL_BYTES),
    );
}
