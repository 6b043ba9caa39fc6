/** Sets a process's clock: Date, not the timers, as when a user sets the time. */
let offsetMs = 0;

export function setClock(milliseconds: number): void {
  offsetMs = milliseconds;
}

const now = () => RealDate.now() + offsetMs;
const RealDate = Date;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
