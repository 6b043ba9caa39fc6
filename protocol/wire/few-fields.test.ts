import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { hasFewFields } from "./few-fields.ts";
import { ClientHelloSchema, SealedMessageSchema } from "./parley_pb.ts";

const field = (count: number) => Buffer.from("7801".repeat(count), "hex");
const bytes = new Uint8Array(32);

describe("the number of fields in a message", () => {
  it("is below the bound in every honest message, also of a later version", () => {
    const hello = { name: "alice", identityKey: bytes, signature: bytes, inviteToken: bytes, software: "x" };
    for (const body of [
      toBinary(ClientHelloSchema, create(ClientHelloSchema, hello)),
      toBinary(
        SealedMessageSchema,
        create(SealedMessageSchema, {
          ...{ conversation: bytes, id: bytes, sealed: new Uint8Array(65_536), commitEpoch: 1n },
        }),
      ),
    ])
      for (const later of [0, 10]) assert.ok(hasFewFields(Buffer.concat([body, field(later)])));
    assert.ok(hasFewFields(new Uint8Array()));
  });

  it("is bounded, and groups are refused", () => {
    assert.ok(hasFewFields(field(32)));
    assert.ok(!hasFewFields(field(33)));
    assert.ok(!hasFewFields(Buffer.from("7b7c", "hex")));
  });

  it("is not counted when the bytes are not a message", () => {
    for (const hex of ["78", "1affffffff07", "00", "7f"])
      assert.throws(() => hasFewFields(Buffer.from(hex, "hex")));
  });

  it("is counted quickly, however many there are", () => {
    const many = field(100_000);
    const began = performance.now();
    for (let round = 0; round < 1_000; round++) assert.ok(!hasFewFields(many));
    assert.ok(performance.now() - began < 1_000);
  });
});
