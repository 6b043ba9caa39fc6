/** The account that the environment names for this editor. */

export interface Provision {
  readonly link: string;
  readonly name: string;
}

export function provisioned(environment: NodeJS.ProcessEnv): Provision | undefined {
  const { PARLEY_INVITE: link = "", PARLEY_NAME: name = "" } = environment;
  return link === "" || name === "" ? undefined : { link, name };
}
