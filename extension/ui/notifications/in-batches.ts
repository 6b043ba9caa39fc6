/** Limits notifications to one at a time, however many people cause them. */

/**
 * Wraps `tell` so that it handles one batch at a time. Values that arrive meanwhile are the next batch.
 * @param tell must not reject
 */
export function inBatches<Value>(tell: (batch: readonly Value[]) => Promise<void>): (value: Value) => void {
  const waiting: Value[] = [];
  let isTelling = false;
  const tellAll = async () => {
    isTelling = true;
    while (waiting.length > 0) await tell(waiting.splice(0));
    isTelling = false;
  };
  return (value) => {
    waiting.push(value);
    if (!isTelling) void tellAll();
  };
}
