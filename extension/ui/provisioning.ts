/**
 * Joining without hands: where the extension host's environment names an invite and a person, as `npm start` and a
 * dev container set it up, and there is no account yet. The environment belongs to whoever starts the editor, so it is
 * not asked about.
 */
import { join } from "./join.ts";
import type { Parley } from "./parley.ts";
import type { Provision } from "./provisioned.ts";

export async function provision(parley: Parley, wanted: Provision): Promise<void> {
  try {
    const messenger = await parley.host.whenOpen();
    if (messenger.account === undefined) await join(parley, wanted.link, wanted.name);
  } catch (error) {
    await parley.errors.tell(error, { name: wanted.name }, () => provision(parley, wanted));
  }
}
