/**
 * Bounds the cost of parsing a message. A field takes two bytes, and the parser keeps an object for each that it does
 * not know: a body full of such fields costs some thousand times as much as an honest one of its size does.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** No message in which nothing repeats without end has half as many. The rest is for later versions. */
const MAX_FIELDS = 32;

/**
 * @param bytes a foreign message
 * @returns whether it has so few fields, and no groups, which hide more. @throws Error where it is no message at all
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
