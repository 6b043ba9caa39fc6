/** @returns how long the lamp stays lit in each minute, in milliseconds */
export function litFor(ships: number): number {
  // Is that enough in fog?
  return Math.min(500 + ships * 100, 5_000);
}
