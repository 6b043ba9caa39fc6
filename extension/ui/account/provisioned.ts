/** Reads an invite and a name from the extension host's environment. */

export interface Provision {
  readonly link: string;
  readonly name: string;
}

export function provisioned(environment: NodeJS.ProcessEnv): Provision | undefined {
  const { PARLEY_INVITE: link = "", PARLEY_NAME: name = "" } = environment;
  return link === "" || name === "" ? undefined : { link, name };
}
