/** MLSMessage (RFC 9420 §6): every message that goes over the wire. */
import { decode, encode, refine, select, struct, type TypeOf, uint16 } from "./codec.ts";
import { CodecError } from "./errors.ts";
import { MLS_10 } from "./extension.ts";
import { keyPackage } from "./key-package.ts";
import { privateMessage } from "./private-message.ts";
import { publicMessage } from "./public-message.ts";
import { groupInfo, welcome } from "./welcome-message.ts";

const version = refine(uint16, (number) => {
  if (number !== MLS_10) throw new CodecError("§6", `Version ${number} is not mls10`);
  return number;
});
const body = select("wireFormat", uint16, {
  mls_public_message: [1, struct({ publicMessage })],
  mls_private_message: [2, struct({ privateMessage })],
  mls_welcome: [3, struct({ welcome })],
  mls_group_info: [4, struct({ groupInfo })],
  mls_key_package: [5, struct({ keyPackage })],
});
const mlsMessage = struct({ version, body });
export type MlsMessage = TypeOf<typeof body>;
export type WireFormat = MlsMessage["wireFormat"];

export const encodeMessage = (message: MlsMessage): Uint8Array =>
  encode(mlsMessage, { version: MLS_10, body: message });

/**
 * Decodes a message.
 * @param bytes foreign.
 * @throws CodecError
 */
export const decodeMessage = (bytes: Uint8Array): MlsMessage => decode(mlsMessage, bytes).body;

/**
 * Decodes a message of one kind.
 * @throws CodecError, also for another kind
 */
export function decodeAs<F extends WireFormat>(
  format: F,
  bytes: Uint8Array,
): Extract<MlsMessage, { readonly wireFormat: F }> {
  const message = decodeMessage(bytes);
  if (message.wireFormat !== format)
    throw new CodecError("§6", `${message.wireFormat} where ${format} is expected`);
  return message as Extract<MlsMessage, { readonly wireFormat: F }>;
}
