import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { Lanes } from "./lanes.ts";

describe("lanes", () => {
  it("run the work of one lane in sequence, and different lanes concurrently", async () => {
    const lanes = new Lanes();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await setImmediate();
      log.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all([
      lanes.run("a", work("a1")),
      lanes.run("a", work("a2")),
      lanes.run("b", work("b1")),
    ]);
    assert.deepEqual(results, ["a1", "a2", "b1"]);
    assert.ok(log.indexOf("a1 ends") < log.indexOf("a2 begins"));
    assert.ok(log.indexOf("b1 begins") < log.indexOf("a1 ends"));
  });

  it("continue after failed work, and reject only its caller", async () => {
    const lanes = new Lanes();
    const failing = lanes.run("a", () => Promise.reject(new Error("no")));
    const next = lanes.run("a", () => "yes");
    await assert.rejects(failing, /no/);
    assert.equal(await next, "yes");
  });

  it("are idle once all work is done, including work that was added by work", async () => {
    const lanes = new Lanes();
    const log: string[] = [];
    void lanes.run("a", async () => {
      await setImmediate();
      void lanes.run("b", async () => {
        await setImmediate();
        log.push("b");
      });
      log.push("a");
    });
    await lanes.idle();
    assert.deepEqual(log, ["a", "b"]);
    await lanes.idle();
  });
});
