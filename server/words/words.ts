/**
 * Every sentence that the server shows to people, and the only place for them; a test looks for others. A
 * translation is one more object of this type, chosen here.
 */
import * as commandLine from "./command-line.ts";
import * as doctor from "./doctor.ts";
import * as faults from "./faults.ts";
import * as log from "./log.ts";
import * as metrics from "./metrics.ts";
import * as refusals from "./refusals.ts";

export const words = { commandLine, faults, doctor, log, metrics, refusals };
