/**
 * BLOB_OPEN, BLOB_PUT, BLOB_GET and BLOB_DROP. The reader of a blob is neither checked nor recorded: knowing
 * its unguessable id is enough.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_BLOB_PART_BYTES } from "../../protocol/limits.ts";
import {
  BlobDropSchema,
  BlobOpenSchema,
  BlobPartSchema,
  BlobQuestionSchema,
  BlobStateSchema,
  Opcode,
} from "../../protocol/wire/parley_pb.ts";
import { type BlobName, blobName } from "../blobs/blob-name.ts";
import { EMPTY } from "../gateway/answers.ts";
import { MAX_SMALL_BODY_BYTES } from "../limits.ts";
import { type Call, verb } from "./verb.ts";

const BYTES_PER_WORK_UNIT = 4096;
/** Beyond the cost of its bytes: opening and closing a file, and reading a row. */
const PART_COST = 12;
/** The same for a part that is read: three trips through the thread pool, and one record for each part, 1.0 to 1.4 ms together. */
const READ_COST = 64;
/** A change of the database, and a check of the disk. */
const CHANGE_COST = 30;

const bytesCost = (bytes: number) => Math.ceil(bytes / BYTES_PER_WORK_UNIT);

export const openBlob = verb({
  schema: BlobOpenSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => CHANGE_COST,
  handle(call, { id, bytes }) {
    const opened = call.services.blobs.open(call.user.name, nameOf(id), sizeOf(bytes));
    opened.then(
      ({ offset, until }) => {
        const state = { offset: BigInt(offset), availableUntil: BigInt(Math.floor(until / 1000)) };
        call.answer(Opcode.BLOB_OPEN, toBinary(BlobStateSchema, create(BlobStateSchema, state)));
      },
      (error) => call.fail(error),
    );
  },
});

export const putBlob = verb({
  schema: BlobPartSchema,
  maxBodyBytes: MAX_BLOB_PART_BYTES + MAX_SMALL_BODY_BYTES,
  cost: ({ body }) => PART_COST + bytesCost(body.length),
  isBulk: true,
  handle(call, { id, offset, part }) {
    if (part.length === 0 || part.length > MAX_BLOB_PART_BYTES)
      throw new ProtocolError("bad-message", `a part has 1 to ${MAX_BLOB_PART_BYTES} bytes`);
    acknowledge(call, call.services.blobs.put(call.user.name, nameOf(id), placeOf(offset), part));
  },
});

export const getBlob = verb({
  schema: BlobQuestionSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => READ_COST + bytesCost(MAX_BLOB_PART_BYTES),
  isBulk: true,
  handle(call, { id, offset }) {
    const [name, from] = [nameOf(id), placeOf(offset)];
    const { blobs, partReads } = call.services;
    partReads.add(call, () =>
      blobs.get(name, from).then(
        ({ bytes: part, of }) => {
          const answer = create(BlobPartSchema, { offset, part, bytes: BigInt(of) });
          call.answer(Opcode.BLOB_GET, toBinary(BlobPartSchema, answer));
        },
        (error) => call.fail(error),
      ),
    );
  },
});

export const dropBlob = verb({
  schema: BlobDropSchema,
  maxBodyBytes: MAX_SMALL_BODY_BYTES,
  cost: () => CHANGE_COST,
  handle(call, { id }) {
    acknowledge(call, call.services.blobs.drop(call.user.name, nameOf(id)));
  },
});

function acknowledge(call: Call, done: Promise<void>): void {
  done.then(
    () => call.answer(Opcode.ACK, EMPTY),
    (error) => call.fail(error),
  );
}

/**
 * Returns the name of a blob id.
 * @throws ProtocolError if it is not 32 bytes
 */
function nameOf(id: Uint8Array): BlobName {
  const name = blobName(id);
  if (name === undefined) throw new ProtocolError("bad-message", "a blob id has 32 bytes");
  return name;
}

/**
 * Returns an offset as a number.
 * @throws ProtocolError beyond the exact range
 */
function placeOf(offset: bigint): number {
  if (offset > Number.MAX_SAFE_INTEGER - MAX_BLOB_PART_BYTES)
    throw new ProtocolError("bad-message", "no blob is so large");
  return Number(offset);
}

/**
 * Returns a size as a number.
 * @throws ProtocolError
 */
function sizeOf(bytes: bigint): number {
  if (bytes === 0n) throw new ProtocolError("bad-message", "a blob has at least one byte");
  return placeOf(bytes);
}
