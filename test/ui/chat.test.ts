/**
 * Two people in two real VS Code windows with the packaged extension, only through the screen. One story:
 * each step continues where the last one ended.
 */
import { interruptions } from "./interruptions.ts";
import { joining } from "./joining.ts";
import { looks } from "./looks.ts";
import { talking } from "./talking.ts";
import { TwoUsers } from "./two-users.ts";

describe("two people in two VS Code windows", function () {
  this.timeout(180_000);
  // The steps after a failed one have nothing to start from.
  this.bail(true);
  const two = new TwoUsers();
  before(() => two.begin());
  after(() => two.end());
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await two.screenshot("failed");
  });

  describe("joining", () => joining(two));
  describe("talking", () => talking(two));
  describe("interruptions", () => interruptions(two));
  describe("looks", () => looks(two));
});
