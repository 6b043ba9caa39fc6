/** The commands that work on a data folder, whether its server runs or not: invite, users, revoke, renew. */
import { fingerprint } from "../../protocol/identity/identity.ts";
import { parseUsername, type Username } from "../../protocol/names.ts";
import { openAuthority } from "../authority/authority.ts";
import { newInvite, rememberedReach } from "../membership/invitation.ts";
import { type DataFolder, isDataFolderLocked } from "../operations/data-folder.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { timeText } from "../operations/time-text.ts";
import type { Member, Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import { loopbackNotice } from "./invite-words.ts";
import type { Output } from "./output.ts";
import { withStore } from "./with-store.ts";

const MIB = 1024 * 1024;

export interface InviteOptions {
  readonly data: string;
  readonly uses: number;
  readonly expiresMs: number;
  readonly name?: string | undefined;
}

/**
 * Makes an invite.
 * @throws OperatorError
 */
export async function invite(options: InviteOptions, output: Output): Promise<void> {
  const reservedFor = options.name === undefined ? undefined : nameArgument(options.name);
  await withStore(options.data, async (store, folder) => {
    const reach = rememberedReach(store);
    if (reach === undefined) throw neverRan(folder);
    const expiresAt = Date.now() + options.expiresMs;
    const terms = { uses: options.uses, expiresAt, ...(reservedFor === undefined ? {} : { reservedFor }) };
    const link = newInvite(store, reach, terms);
    await store.committed();
    const { inviting } = words.commandLine;
    const whom = reservedFor ?? (options.uses === 1 ? inviting.onePerson : inviting.people(options.uses));
    output.say(
      {
        ...{ event: "invite", link, uses: options.uses, name: reservedFor },
        expiresAt: new Date(expiresAt).toISOString(),
      },
      [...[link, ""], inviting.terms(whom, timeText(expiresAt)), ...loopbackNotice(reach.host, process)].join(
        "\n",
      ),
    );
  });
}

/**
 * Lists the users.
 * @throws OperatorError
 */
export async function users({ data }: { readonly data: string }, output: Output): Promise<void> {
  await withStore(data, async (store, folder) => {
    const running = isDataFolderLocked(folder);
    const members = store.directory.list().map((one) => ({
      ...one,
      online: running && one.online,
      blobBytes: store.blobs.bytesOf(one.name),
    }));
    const rows = members.map((one) => ({
      name: one.name,
      fingerprint: fingerprint(one.identityKey),
      enrolledAt: time(one.enrolledAt),
      online: one.online,
      lastSeenAt: time(one.lastSeenAt),
      revokedAt: time(one.revokedAt),
      invitedBy: one.invitedBy,
      blobBytes: one.blobBytes,
    }));
    output.say(
      { event: "users", users: rows },
      members.length === 0 ? words.commandLine.members.nobody : table(members),
    );
  });
}

export interface RevokeOptions {
  readonly data: string;
  readonly names: readonly string[];
  /** Also revokes everybody who joined by their invites, and by the invites of these. */
  readonly invited: boolean;
}

/**
 * Revokes all of them, or none if one is unknown. Also deletes their invites.
 * @throws OperatorError
 */
export async function revoke({ data, names, invited }: RevokeOptions, output: Output): Promise<void> {
  const named = names.map(nameArgument);
  await withStore(data, async (store) => {
    const gone = store.atomically(() => {
      if (!invited) return named.filter((name) => revokeOne(store, name, "member"));
      const gone = named.filter((name) => revokeOne(store, name, "known"));
      return [...gone, ...named.flatMap((name) => revokeInvited(store, name))];
    });
    await store.committed();
    for (const name of gone)
      output.say({ event: "revoked", name }, words.commandLine.members.nowRevoked(name));
  });
}

/**
 * Revokes one user.
 * @param must the state in which a user of that name must be.
 * @returns whether they were a member until now.
 * @throws OperatorError
 */
function revokeOne(store: Store, name: Username, must: "member" | "known"): boolean {
  const revoked = store.directory.revoke(name, Date.now());
  const known = revoked || (must === "known" && store.directory.find(name) !== undefined);
  if (!known) throw new OperatorError("no-such-user", words.faults.noSuchUser(name));
  store.invites.removeOf(name);
  return revoked;
}

/**
 * Revokes everybody whom `name` invited, directly or not.
 * @returns those who were still members
 */
function revokeInvited(store: Store, name: Username): Username[] {
  return store.directory.invitedFrom(name).filter((one) => {
    store.invites.removeOf(one);
    return store.directory.revoke(one, Date.now());
  });
}

/**
 * Renews the certificate.
 * @throws OperatorError, AuthorityError
 */
export async function renew({ data }: { readonly data: string }, output: Output): Promise<void> {
  await withStore(data, async (store, folder) => {
    const reach = rememberedReach(store);
    if (reach === undefined) throw neverRan(folder);
    const authority = await openAuthority(folder.authority, { names: reach.names });
    await authority.renewAndRevoke(new Date());
    // A running server checks the folder after the store has changed.
    store.settings.set("renewed-at", new Date().toISOString());
    await store.committed();
    output.say({ event: "renewed" }, words.commandLine.upkeep.renewed);
  });
}

function neverRan(folder: DataFolder): OperatorError {
  return new OperatorError("data-folder-empty", words.faults.dataFolder.neverRan(folder.path));
}

function nameArgument(text: string): Username {
  const name = parseUsername(text);
  if (name === undefined) throw new OperatorError("bad-argument", words.commandLine.argument.notName(text));
  return name;
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function stateText({ revokedAt, lastSeenAt, online }: Member): string {
  const { revoked, neverSignedIn, onlineSince, lastSeen } = words.commandLine.members;
  if (revokedAt !== undefined) return revoked(timeText(revokedAt));
  if (lastSeenAt === undefined) return neverSignedIn;
  return (online ? onlineSince : lastSeen)(timeText(lastSeenAt));
}

function table(members: readonly (Member & { readonly blobBytes: number })[]): string {
  const width = Math.max(...members.map((one) => one.name.length));
  return members
    .map((one) => {
      const state = stateText(one);
      const { invitedBy, files: filesOf } = words.commandLine.members;
      const inviter = one.invitedBy === undefined ? "" : invitedBy(one.invitedBy);
      const files = one.blobBytes === 0 ? "" : filesOf(Math.ceil(one.blobBytes / MIB));
      return `${one.name.padEnd(width)}  ${fingerprint(one.identityKey)}  ${state}${files}${inviter}`;
    })
    .join("\n");
}
