/**
 * Loaded before the server with `node --import`: shifts its clock by the milliseconds in the file that
 * CLOCK_OFFSET names. Read at the start and at SIGUSR2.
 */
import { readFileSync } from "node:fs";
import { setClock } from "./clock.ts";

const path = process.env["CLOCK_OFFSET"];
if (path === undefined) throw new Error("CLOCK_OFFSET names no file");
const read = () => setClock(Number(readFileSync(path, "utf8")));

read();
process.on("SIGUSR2", read);
