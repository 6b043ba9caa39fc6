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
  setTimer: (messenger, { peer, seconds, shown }) => messenger.setTimer(peer, seconds, shown),
  deleteHistory: (messenger, { peer, upTo }) => messenger.deleteHistory(peer, upTo),
  safetyNumber: (messenger, { peer }) => messenger.safetyNumber(peer) ?? null,
  changedNumbers: (messenger, { peer }) => messenger.changedNumbers(peer) ?? null,
  join: (messenger, { link, name }) => messenger.join(link, name),
  connect: (messenger, { account }) => messenger.connect(account),
  reconnectNow: (messenger) => messenger.reconnectNow(),
  signOut: (messenger) => messenger.signOut(),
  forget: (messenger, { account }) => messenger.forget(account),
  backUp: (messenger, { path, passphrase }) => messenger.backUp(path, passphrase),
  saveRecoveryFile: (messenger, { path, passphrase }) => messenger.saveRecoveryFile(path, passphrase),
  restore: (messenger, { path, passphrase, replaced }) => messenger.restore(path, passphrase, replaced),
  lock: (messenger) => messenger.lock(),
  tellVault: (messenger, { contents }) => messenger.tellVault(contents),
  stopArchiving: (messenger) => messenger.stopArchiving(),
  request: (messenger, { peer, wait, note }) => messenger.request(peer, { wait, note }),
  accept: (messenger, { peer, request }) => messenger.accept(peer, request),
  refuse: (messenger, { peer, request }) => messenger.refuse(peer, request),
  block: (messenger, { peer, request }) => messenger.block(peer, request),
  unblock: (messenger, { peer }) => messenger.unblock(peer),
  blocked: (messenger) => [...messenger.blocked()],
  setMuted: (messenger, { peer, muted }) => messenger.setMuted(peer, muted),
  setQuiet: (messenger, { until }) => messenger.setQuiet(until),
  quietUntil: (messenger) => messenger.quietUntil(),
  setInvisible: (messenger, { invisible }) => messenger.setInvisible(invisible),
  invisible: (messenger) => messenger.invisible(),
  closeChat: (messenger, { peer, standing }) => messenger.closeChat(peer, standing),
  send: (messenger, { peer, text, id }) => messenger.send(peer, text, id),
  retry: (messenger, { peer, id }) => messenger.retry(peer, id),
  markRead: (messenger, { peer }) => messenger.markRead(peer),
  setDraft: (messenger, { peer, text }) => messenger.setDraft(peer, text),
  setVerified: (messenger, { peer, number }) => messenger.setVerified(peer, number),
  acceptNewKey: (messenger, { peer, change }) => messenger.acceptNewKey(peer, change),
  keepOldKey: (messenger, { peer, change }) => messenger.keepOldKey(peer, change),
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
