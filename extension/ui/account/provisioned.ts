/** Who the environment says this editor shall be. */

export interface Provision {
  readonly link: string;
  readonly name: string;
}

export function provisioned(environment: NodeJS.ProcessEnv): Provision | undefined {
  const { PARLEY_INVITE: link = "", PARLEY_NAME: name = "" } = environment;
  return link === "" || name === "" ? undefined : { link, name };
}
