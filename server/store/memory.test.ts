import assert from "node:assert/strict";
import fc from "fast-check";
import { Memory } from "./memory.ts";

const MOST_BYTES = 4000;
/** Overhead of a value beside its own size. */
const ENTRY_BYTES = 150;

describe("cache of the database", () => {
  const keys = fc.nat({ max: 30 });
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant("set" as const), key: keys, bytes: fc.nat({ max: 2500 }) }),
      fc.record({ do: fc.constantFrom("get" as const, "forget" as const), key: keys, bytes: fc.constant(0) }),
      { weight: 1, arbitrary: fc.constant({ do: "clear" as const, key: 0, bytes: 0 }) },
    ),
    { maxLength: 100 },
  );

  it("returns the database's values, and never keeps more than its bound", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const database = new Map<number, { bytes: number }>();
        const memory = new Memory<number, { bytes: number }>(MOST_BYTES, ({ bytes }) => bytes);
        for (const { do: step, key, bytes } of list) {
          switch (step) {
            case "set":
              database.set(key, { bytes });
              memory.set(key, { bytes });
              break;
            case "forget":
              database.delete(key);
              memory.forget(key);
              break;
            case "clear":
              memory.clear();
              assert.equal(memory.bytes, 0);
              break;
            case "get":
              break;
          }
          assert.deepEqual(
            memory.get(key, () => database.get(key)),
            database.get(key),
          );
          assert.ok(memory.bytes >= 0 && memory.bytes <= MOST_BYTES, `${memory.bytes} bytes`);
        }
        for (let key = 0; key <= 30; key++) memory.forget(key);
        assert.equal(memory.bytes, 0);
      }),
    );
  });

  it("keeps used entries, and evicts unused ones", () => {
    const memory = new Memory<number, string>(MOST_BYTES, () => 100);
    const room = MOST_BYTES / 2 / (ENTRY_BYTES + 100);
    memory.set(-1, "used");
    for (let key = 0; key < 20 * room; key++) {
      memory.set(key, "seen once");
      assert.equal(
        memory.get(-1, () => undefined),
        "used",
      );
    }
    assert.equal(
      memory.get(0, () => undefined),
      undefined,
    );
  });

  it("costs the same for the hundred-thousandth entry as for the first", () => {
    const perEntry = (count: number) => {
      const began = process.cpuUsage();
      // Windows counts CPU time in steps of 16 ms, so smaller times are no measure.
      for (let rounds = 1; ; rounds++) {
        const memory = new Memory<number, string>(100_000 * (ENTRY_BYTES + 100), () => 100);
        for (let key = 0; key < count; key++) memory.set(key, "x");
        const { user, system } = process.cpuUsage(began);
        if (user + system >= 100_000) return (user + system) / (rounds * count);
      }
    };
    perEntry(10_000);
    const few = perEntry(40_000);
    const many = perEntry(400_000);
    assert.ok(many < 20 * few, `${many} µs each of many, ${few} of few`);
  });
});
