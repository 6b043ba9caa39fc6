/**
 * Bounds the cost of parsing a message. A field takes two bytes, and the parser keeps an object for each
 * unknown one: a body full of such fields costs about a thousand times as much as an honest one of its size.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** No message without repeated fields has half as many. The rest is for later versions. */
const MAX_FIELDS = 32;

/**
 * Returns whether a message has at most MAX_FIELDS fields, and no groups, which could hide more.
 * @param bytes foreign
 * @throws Error if it is not a message
 */
export function hasFewFields(bytes: Uint8Array): boolean {
  const reader = new BinaryReader(bytes);
  for (let count = 0; reader.pos < reader.len; count++) {
    if (count === MAX_FIELDS) return false;
    const [field, type] = reader.tag();
    if (type === WireType.StartGroup) return false;
    reader.skip(type, field);
  }
  return true;
}
