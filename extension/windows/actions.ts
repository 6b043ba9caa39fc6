/** What each verb is on the messenger. */
import type { Messenger } from "../messenger/messenger.ts";
import type { Params, Result, Verb } from "./verbs.ts";

type Action<V extends Verb> = (messenger: Messenger, params: Params<V>) => Result<V> | Promise<Result<V>>;

const ACTIONS: { readonly [V in Verb]: Action<V> } = {
  messages: (messenger, { peer, stretch }) => [...messenger.messages(peer, stretch)],
  positionOf: (messenger, { peer, target }) => messenger.positionOf(peer, target) ?? null,
  searchStep: async (messenger, question) => {
    const step = await messenger.searchStep(question);
    return { ...step, matches: [...step.matches] };
  },
  setKeep: (messenger, { peer, keep }) => messenger.setKeep(peer, keep),
  putAway: (messenger, { peer }) => messenger.putAway(peer),
  setTimer: (messenger, { peer, seconds }) => messenger.setTimer(peer, seconds),
  deleteHistory: (messenger, { peer }) => messenger.deleteHistory(peer),
  safetyNumber: (messenger, { peer }) => messenger.safetyNumber(peer) ?? null,
  join: (messenger, { link, name }) => messenger.join(link, name),
  connect: (messenger) => messenger.connect(),
  reconnectNow: (messenger) => messenger.reconnectNow(),
  signOut: (messenger) => messenger.signOut(),
  forget: (messenger) => messenger.forget(),
  backUp: (messenger, { path, passphrase }) => messenger.backUp(path, passphrase),
  saveRecoveryFile: (messenger, { path, passphrase }) => messenger.saveRecoveryFile(path, passphrase),
  restore: (messenger, { path, passphrase }) => messenger.restore(path, passphrase),
  lock: (messenger) => messenger.lock(),
  tellVault: (messenger, { contents }) => messenger.tellVault(contents),
  stopArchiving: (messenger) => messenger.stopArchiving(),
  request: (messenger, { peer, wait, note }) => messenger.request(peer, { wait, note }),
  accept: (messenger, { peer }) => messenger.accept(peer),
  refuse: (messenger, { peer }) => messenger.refuse(peer),
  block: (messenger, { peer }) => messenger.block(peer),
  unblock: (messenger, { peer }) => messenger.unblock(peer),
  blocked: (messenger) => [...messenger.blocked()],
  setMuted: (messenger, { peer, muted }) => messenger.setMuted(peer, muted),
  setQuiet: (messenger, { until }) => messenger.setQuiet(until),
  quietUntil: (messenger) => messenger.quietUntil(),
  setInvisible: (messenger, { invisible }) => messenger.setInvisible(invisible),
  invisible: (messenger) => messenger.invisible(),
  closeChat: (messenger, { peer }) => messenger.closeChat(peer),
  send: (messenger, { peer, text, id }) => messenger.send(peer, text, id),
  retry: (messenger, { peer, id }) => messenger.retry(peer, id),
  markRead: (messenger, { peer }) => messenger.markRead(peer),
  setDraft: (messenger, { peer, text }) => messenger.setDraft(peer, text),
  setVerified: (messenger, { peer, verified }) => messenger.setVerified(peer, verified),
  acceptNewKey: (messenger, { peer }) => messenger.acceptNewKey(peer),
  keepOldKey: (messenger, { peer }) => messenger.keepOldKey(peer),
  createInvite: (messenger, { uses, expiresSeconds }) => messenger.createInvite(uses, expiresSeconds),
};

/** Begins at once, in the order of the calls; rejects with what the messenger throws. */
export async function perform<V extends Verb>(
  messenger: Messenger,
  verb: V,
  params: Params<V>,
): Promise<Result<V>> {
  return ACTIONS[verb](messenger, params);
}
