/** Parses the options of a "parley" task, and makes the server's command line from them. */

export interface ServerOptions {
  /** TCP port; 0 picks a free one. */
  readonly port?: number;
  /** The address to listen on. */
  readonly host?: string;
  /** The folder with the server's data. */
  readonly data?: string;
  /** The address in invites, at which other computers reach this one. */
  readonly address?: string;
}

/**
 * Parses the options of a task.
 * @param definition from tasks.json: any value
 * @returns undefined if it does not match the manifest's schema
 */
export function serverOptions(definition: object): ServerOptions | undefined {
  const { port, host, data, address } = definition as Record<string, unknown>;
  if (
    port !== undefined &&
    !(typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535)
  )
    return undefined;
  if (!isText(host) || !isText(data) || !isText(address)) return undefined;
  return {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(data === undefined ? {} : { data }),
    ...(address === undefined ? {} : { address }),
  };
}

export function serverArguments(
  { port, host, data, address }: ServerOptions,
  defaultData: string,
): readonly string[] {
  return [
    "--data",
    data ?? defaultData,
    ...(port === undefined ? [] : ["--port", String(port)]),
    ...(host === undefined ? [] : ["--host", host]),
    ...(address === undefined ? [] : ["--address", address]),
  ];
}

/** Whether the value is absent, or text that the command line cannot take for another option. */
function isText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === "string" && value !== "" && !value.startsWith("-"));
}
