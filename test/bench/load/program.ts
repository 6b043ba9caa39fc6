/** A load process: makes its connections once, then drives the bench's load through them. */
import type { Answer, Ask, Target } from "./asks.ts";
import { Driver, type Mailing, type Pair } from "./driver.ts";
import { floorConnection, floorPairs } from "./floor-pairs.ts";
import { parleyPairs } from "./parley-pairs.ts";
import { Crowd } from "./sign-ins.ts";

/** How many connect at the same time, as in an office after a restart. */
const AT_ONCE = 32;

let pairs: readonly (Pair | Mailing)[] = [];
let driver = new Driver<Pair | Mailing>([]);
let crowd: Crowd | undefined;

process.on("message", (ask: Ask) => {
  answer(ask).then(tell, (error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit());

async function answer(ask: Ask): Promise<Answer> {
  const [begun, ended] = [() => tell({ type: "begun" }), () => tell({ type: "ended" })];
  switch (ask.type) {
    case "pairs":
      pairs = await connectPairs(ask.target, ask.count, ask.bytes);
      return { type: "ready" };
    case "traffic":
      driver = new Driver(pairs);
      return { type: "traffic", traffic: await driver.traffic(ask.pace, ask.seconds, begun, ended) };
    case "mail": {
      const mailing = new Driver(pairs.filter((pair) => "leave" in pair));
      driver = mailing;
      return { type: "traffic", traffic: await mailing.mail(ask.perSecond, ask.seconds, begun, ended) };
    }
    case "people":
      await connectPeople(ask.target, ask.count);
      return { type: "ready" };
    case "back":
      await crowd?.comeBack(AT_ONCE);
      return { type: "ready" };
  }
}

function connectPairs(target: Target, count: number, bytes: number): Promise<readonly (Pair | Mailing)[]> {
  const present = () => driver;
  switch (target.type) {
    case "floor":
      return floorPairs(target.port, target.pem, count, bytes, present);
    case "parley":
      return parleyPairs(target.links, count, bytes, present);
  }
}

async function connectPeople(target: Target, count: number): Promise<void> {
  switch (target.type) {
    case "floor": {
      let next = 0;
      const connect = async () => {
        while (next < count) await floorConnection(target.port, target.pem, next++);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, connect));
      return;
    }
    case "parley":
      crowd = new Crowd(target.links, count);
      await crowd.comeBack(AT_ONCE);
  }
}

function tell(answer: Answer): void {
  process.send?.(answer);
}
