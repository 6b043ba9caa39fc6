/** Bounds notifications by time, not by the number of people who cause them. */

/**
 * Wraps `tell` so that it has one batch at a time: values that come meanwhile are its next batch.
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
