/** KeyPackages and Welcomes pass through unread; only their size is the server's business. */
import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_KEY_MATERIAL_BYTES } from "../../protocol/limits.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { words } from "../words/words.ts";

/** Some slack above the bound itself, so that a little too large is told kindly and much too large ends the connection. */
export const MAX_KEY_MATERIAL_BODY_BYTES = 2 * MAX_KEY_MATERIAL_BYTES + MAX_SMALL_BODY_BYTES;

/** @throws Refusal TOO_LARGE; ProtocolError for none at all, which the other client would take for a broken server */
export function checkKeyMaterial(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new ProtocolError("bad-message", "no key material");
  if (bytes.length > MAX_KEY_MATERIAL_BYTES)
    throw new Refusal(
      ErrorCode.TOO_LARGE,
      words.refusals.message.keyMaterialTooLarge(MAX_KEY_MATERIAL_BYTES),
    );
}
