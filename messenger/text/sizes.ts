/** Writes a number of bytes as people read it, in units of 1024 as VS Code's own. */
import { numberText } from "./times.ts";

const UNITS = ["KB", "MB", "GB"] as const;

/** @returns such as "820 B", "1.5 KB" or "12 MB" */
export function sizeText(bytes: number): string {
  let [value, unit] = [bytes, "B"];
  for (const next of UNITS) {
    if (value < 1024) break;
    [value, unit] = [value / 1024, next];
  }
  return `${numberText(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))} ${unit}`;
}
