/**
 * The bench's results: each figure with its runs, its spread, and its ratios to the floor and to its target.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./machine.ts";

export interface Figure {
  readonly group: string;
  readonly name: string;
  readonly unit: string;
  /** One value per run. */
  readonly values: readonly number[];
  readonly better: "lower" | "higher";
  readonly target?: number;
  /** The floor's values, measured in alternation with it. */
  readonly floor?: readonly number[];
  /** The target, as a ratio to the floor. */
  readonly targetOfFloor?: number;
}
export type Report = (figure: Figure) => void;

export class Figures {
  readonly #machine: Machine;
  readonly #all: Figure[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
    console.log(
      Object.entries(machine)
        .map(([what, is]) => `${what}: ${is}`)
        .join(", "),
    );
  }

  readonly report: Report = (figure) => {
    if (this.#all.at(-1)?.group !== figure.group) console.log(`\n${figure.group}`);
    this.#all.push(figure);
    console.log(row(figure));
  };

  /**
   * Writes the results.
   * @param commit of the code that was measured
   * @returns the file's path
   */
  write(folder: string, commit: string): string {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${new Date().toISOString().slice(0, 10)}-${commit}.json`);
    const figures = this.#all.map((figure) => ({
      ...figure,
      median: rounded(median(figure.values)),
      values: figure.values.map(rounded),
      ...(figure.floor && { floor: figure.floor.map(rounded), ofFloor: rounded(ofFloor(figure)) }),
    }));
    writeFileSync(path, `${JSON.stringify({ machine: this.#machine, commit, figures }, null, 2)}\n`);
    return path;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

function ofFloor({ values, floor = [] }: Figure): number {
  return median(values) / median(floor);
}

function row(figure: Figure): string {
  const { name, unit, values, floor } = figure;
  const spread = `${shown(Math.min(...values))} … ${shown(Math.max(...values))}`;
  const ratio = floor === undefined ? "" : `floor ${shown(median(floor))}, × ${ofFloor(figure).toFixed(2)}`;
  const cells = [shown(median(values)).padStart(10), unit.padEnd(10), spread.padEnd(24), ratio.padEnd(26)];
  return `  ${name.padEnd(64)} ${cells.join(" ")} ${verdict(figure)}`.trimEnd();
}

function verdict(figure: Figure): string {
  const { target, targetOfFloor, better, values } = figure;
  const met = (value: number, aim: number) => (better === "lower" ? value <= aim : value >= aim);
  if (target !== undefined) return `${met(median(values), target) ? "met" : "MISSED"}: ${shown(target)}`;
  if (targetOfFloor === undefined) return "";
  return `${met(ofFloor(figure), targetOfFloor) ? "met" : "MISSED"}: × ${targetOfFloor}`;
}

function shown(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 });
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
