/**
 * Loaded before the server with `node --import`: writes the duration of each transaction, from its BEGIN
 * until it was on disk, in milliseconds, one per line, to the file that COMMIT_TIMES names.
 */
import { openSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const path = process.env["COMMIT_TIMES"];
if (path === undefined) throw new Error("COMMIT_TIMES names no file");
const file = openSync(path, "a");
let began = 0;

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  if (sql === "BEGIN IMMEDIATE") began = performance.now();
  exec.call(this, sql);
  if (sql === "COMMIT") writeSync(file, `${performance.now() - began}\n`);
};
