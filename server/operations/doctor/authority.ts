/** Checks the CA, the certificate and the revocation list on disk as a client would. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ServerChain } from "../../../protocol/identity/certificate.ts";
import { verifyServerChain } from "../../../protocol/identity/certificate.ts";
import { type Expiry, expiryOf } from "../../authority/expiry.ts";
import { readKeyFile, readPem } from "../../authority/key-file.ts";
import { LIST_LABEL } from "../../authority/upkeep.ts";
import type { Reach } from "../../membership/invitation.ts";
import { words } from "../../words/words.ts";
import type { DataFolder } from "../data-folder.ts";
import { DAY_MS } from "../duration.ts";
import { WARN_DAYS } from "../health.ts";
import { timeText } from "../time-text.ts";
import { type Finding, ok, problem, warning, wordsOf } from "./finding.ts";

const { authority: said, checks } = words.doctor;

export interface Chain extends ServerChain {
  readonly caFingerprint: Uint8Array;
}

/**
 * Examines them.
 * @param reach the address in invites; undefined if no server ran yet.
 * @returns no chain if a file is unusable
 */
export async function examineAuthority(
  folder: DataFolder,
  reach: (Reach & { readonly names: readonly string[] }) | undefined,
  now: Date,
): Promise<{ chain?: Chain; findings: Finding[] }> {
  let chain: Chain | undefined;
  try {
    chain = await readChain(folder);
  } catch (error) {
    return {
      findings: [problem(checks.certificates, wordsOf(error), said.restoreWithModes)],
    };
  }
  if (chain === undefined)
    return {
      findings: [warning(checks.certificates, said.none, said.startOnce)],
    };
  const { caFingerprint } = chain;
  const findings = dates(chain, now);
  if (reach !== undefined && Buffer.compare(reach.caFingerprint, caFingerprint) !== 0)
    findings.push(problem(checks.ca, said.otherCa, said.restoreCa));
  findings.push(...(reach?.names ?? []).flatMap((name) => judged(chain, name, now)));
  if (reach !== undefined && !findings.some(({ check }) => check === checks.certificate))
    findings.push(ok(checks.certificate, said.holdsFor(reach.names)));
  return { chain, findings };
}

async function readChain({ authority }: DataFolder): Promise<Chain | undefined> {
  const ca = await readKeyFile(join(authority, "ca.pem"));
  const own = await readKeyFile(join(authority, "server.pem"));
  const revocationList = await readPem(join(authority, "revocation-list.pem"), LIST_LABEL);
  if (ca === undefined && own === undefined && revocationList === undefined) return undefined;
  for (const [name, file] of Object.entries({
    "ca.pem": ca,
    "server.pem": own,
    "revocation-list.pem": revocationList,
  }))
    if (file === undefined) throw new Error(said.missing(name));
  if (ca === undefined || own === undefined || revocationList === undefined) return undefined;
  return {
    certificates: [own.certificate, ca.certificate],
    revocationList,
    caFingerprint: new Uint8Array(createHash("sha256").update(ca.certificate).digest()),
  };
}

const CHECKS = {
  certificate: checks.certificateDates,
  revocationList: checks.revocationList,
  authority: checks.ca,
} as const satisfies Record<keyof Expiry, string>;

function dates(chain: Chain, now: Date): Finding[] {
  let expiry: Expiry;
  try {
    expiry = expiryOf(chain);
  } catch (error) {
    return [problem(checks.certificates, wordsOf(error), said.restore)];
  }
  return (["certificate", "revocationList", "authority"] as const).map((what) => {
    const days = Math.floor((expiry[what].getTime() - now.getTime()) / DAY_MS);
    const check = CHECKS[what];
    const text = said.validUntil[what](timeText(expiry[what].getTime()));
    if (days < 0) return problem(check, `${text}: ${said.expired}`, said.renew[what]);
    const left = `${text}, ${said.days(days)}`;
    return days < WARN_DAYS[what] ? warning(check, left, said.renew[what]) : ok(check, left);
  });
}

/** Judges the chain as a client that dials `name` does. */
function judged(chain: Chain, name: string, now: Date): Finding[] {
  try {
    verifyServerChain(chain, chain, name, now);
    return [];
  } catch (error) {
    return [problem(checks.certificate, said.refused(name, wordsOf(error)), said.nameAddresses)];
  }
}
