import assert from "node:assert/strict";
import * as v from "valibot";
import {
  NETWORK_CODES,
  NetworkError,
  type ParleyError,
  PROTOCOL_CODES,
  ProtocolError,
  REFUSED_CODES,
  RefusedError,
  STORAGE_CODES,
  StorageError,
  TRUST_CODES,
  TrustError,
  USAGE_CODES,
  UsageError,
} from "../protocol/errors.ts";
import { newConversationId } from "../protocol/names.ts";
import { errorSchema, faultOf } from "./fault.ts";

const every: readonly ParleyError[] = [
  ...USAGE_CODES.map((code) => new UsageError(code, "why")),
  ...PROTOCOL_CODES.map((code) => new ProtocolError(code, "why")),
  ...TRUST_CODES.map((code) => new TrustError(code, "why")),
  ...NETWORK_CODES.map((code) => new NetworkError(code, "why")),
  ...STORAGE_CODES.map((code) => new StorageError(code, "why")),
  ...REFUSED_CODES.map((code) => new RefusedError(code, "why")),
  new RefusedError("rate-limited", "why", 1500),
  new RefusedError("request-crossed", "why", undefined, newConversationId()),
];

describe("errors from one window to another", () => {
  it("arrive unchanged, every one", () => {
    for (const error of every) {
      const arrived = v.parse(errorSchema, JSON.parse(JSON.stringify(faultOf(error))));
      assert.equal(arrived.constructor, error.constructor);
      assert.deepEqual({ ...arrived, message: arrived.message }, { ...error, message: error.message });
    }
  });

  it("of unknown classes arrive without their text", () => {
    assert.equal(faultOf(new Error("what somebody wrote")), undefined);
    assert.equal(faultOf("text"), undefined);
  });

  it("are refused with an unknown code", () => {
    for (const value of [
      null,
      {},
      { kind: "usage", code: "timeout", detail: "" },
      { kind: "refused", code: "toString", detail: "" },
      { kind: "usage", code: "closed", detail: "", stack: "more" },
    ])
      assert.equal(v.safeParse(errorSchema, value).success, false);
  });
});
