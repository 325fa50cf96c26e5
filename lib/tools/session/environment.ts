/** What the commands take from the environment. */

/** Variables of the environment that are looked at; an empty one counts as not set. */
export interface Environment {
  /** Addresses of lookupds, with commas between. */
  readonly lookupd: string | undefined;
  /** Addresses of brokers, with commas between. */
  readonly nsqd: string | undefined;
  /** Name of a context. */
  readonly context: string | undefined;
  /** File with the secret to show, where no context has one. */
  readonly authSecretFile: string | undefined;
  /** Folder of the user's configuration files. */
  readonly configFolder: string | undefined;
}

/** Reads NSQ_LOOKUPD, NSQ_NSQD, NSQ_CONTEXT, NSQ_AUTH_SECRET_FILE, and where XDG_CONFIG_HOME or HOME say that configuration files are. */
export function readEnvironment(): Environment {
  const home = variable("HOME");
  return {
    lookupd: variable("NSQ_LOOKUPD"),
    nsqd: variable("NSQ_NSQD"),
    context: variable("NSQ_CONTEXT"),
    authSecretFile: variable("NSQ_AUTH_SECRET_FILE"),
    configFolder: variable("XDG_CONFIG_HOME") ?? (home && `${home}/.config`),
  };
}

/** What to add where a tool misses an address that looks at its flags alone: which variables do not count. "" where none is set. */
export function overlookedVariables(): string {
  const names = ["NSQ_LOOKUPD", "NSQ_NSQD", "NSQ_CONTEXT"].filter(variable);
  return names.length === 0 ? "" : ` (${names.join(", ")}: for commands such as nsq topic alone)`;
}

function variable(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}
