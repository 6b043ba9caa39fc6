/** The CA, the certificate and the revocation list on disk, judged as a client judges them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ServerChain } from "../../../protocol/identity/certificate.ts";
import { verifyServerChain } from "../../../protocol/identity/certificate.ts";
import { type Expiry, expiryOf } from "../../authority/expiry.ts";
import { readKeyFile, readPem } from "../../authority/key-file.ts";
import { LIST_LABEL } from "../../authority/upkeep.ts";
import type { Reach } from "../../membership/invitation.ts";
import type { DataFolder } from "../data-folder.ts";
import { WARN_DAYS } from "../health.ts";
import { timeText } from "../time-text.ts";
import { type Finding, ok, problem, warning, wordsOf } from "./finding.ts";

const DAY_MS = 24 * 3600 * 1000;

export interface Chain extends ServerChain {
  readonly caFingerprint: Uint8Array;
}

/** @param reach the address in invites; undefined where no server ran yet. @returns undefined for the chain where a file is unusable */
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
      findings: [
        problem(
          "certificates",
          wordsOf(error),
          "Put authority/ of a backup in its place, with its modes (docs: Restore).",
        ),
      ],
    };
  }
  if (chain === undefined)
    return {
      findings: [
        warning("certificates", "There is no certificate yet", "Start the server once: it makes its own."),
      ],
    };
  const { caFingerprint } = chain;
  const findings = dates(chain, now);
  if (reach !== undefined && Buffer.compare(reach.caFingerprint, caFingerprint) !== 0)
    findings.push(
      problem(
        "CA",
        "It is another one than invites named when the server last ran: nobody who joined then will trust it",
        "Put authority/ of a backup from that time in its place. Without one, everybody has to join anew.",
      ),
    );
  findings.push(...(reach?.names ?? []).flatMap((name) => judged(chain, name, now)));
  if (reach !== undefined && !findings.some(({ check }) => check === "certificate"))
    findings.push(ok("certificate", `holds for ${reach.names.join(", ")}`));
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
    if (file === undefined) throw new Error(`authority/${name} is missing`);
  if (ca === undefined || own === undefined || revocationList === undefined) return undefined;
  return {
    certificates: [own.certificate, ca.certificate],
    revocationList,
    caFingerprint: new Uint8Array(createHash("sha256").update(ca.certificate).digest()),
  };
}

const WORDS = {
  certificate: "The server's certificate",
  revocationList: "The revocation list",
  authority: "The team's CA",
} as const satisfies Record<keyof Expiry, string>;
const ADVICE = {
  certificate:
    "Start the server, or: parley-server renew. A running server renews it by itself: see its log for why it did not.",
  revocationList:
    "Start the server: it makes a new one. A running server does so by itself: see its log for why it did not.",
  authority: "Nothing renews it. Plan a new data folder and new invites for everybody before that day.",
} as const satisfies Record<keyof Expiry, string>;

function dates(chain: Chain, now: Date): Finding[] {
  let expiry: Expiry;
  try {
    expiry = expiryOf(chain);
  } catch (error) {
    return [problem("certificates", wordsOf(error), "Put authority/ of a backup in its place.")];
  }
  return (["certificate", "revocationList", "authority"] as const).map((what) => {
    const days = Math.floor((expiry[what].getTime() - now.getTime()) / DAY_MS);
    const check =
      what === "revocationList" ? "revocation list" : what === "authority" ? "CA" : "certificate dates";
    const text = `${WORDS[what]} is valid until ${timeText(expiry[what].getTime())}`;
    if (days < 0) return problem(check, `${text}: it has expired, and nobody can sign in`, ADVICE[what]);
    return days < WARN_DAYS[what]
      ? warning(check, `${text}, ${days} days`, ADVICE[what])
      : ok(check, `${text}, ${days} days`);
  });
}

/** The judgement of a client that dials `name`. */
function judged(chain: Chain, name: string, now: Date): Finding[] {
  try {
    verifyServerChain(chain, chain, name, now);
    return [];
  } catch (error) {
    return [
      problem(
        "certificate",
        `A client that dials ${name} would refuse the server: ${wordsOf(error)}`,
        "Restart the server with --address for each name that people dial; it makes a certificate for them.",
      ),
    ];
  }
}
