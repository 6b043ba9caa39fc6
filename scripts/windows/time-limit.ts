/**
 * Loaded by mocha in Wine: lengthens the time limits that tests and hooks set for themselves, which replace
 * the one of the command line.
 */
import Mocha from "mocha";

/** Wine is slow, and time never fails a test here (see also enter.sh). */
const LIMIT_MS = 300_000;

const { timeout } = Mocha.Runnable.prototype;
/** Returns the limit, or sets the long one, whatever the test asks for. */
function limited(this: Mocha.Runnable, ...asked: unknown[]): unknown {
  return Reflect.apply(timeout, this, asked.length === 0 ? [] : [LIMIT_MS]);
}
Mocha.Runnable.prototype.timeout = limited as typeof timeout;
