/** Version of NSQ whose behaviour and wire protocol this program implements. */
export const NSQ_VERSION = "1.3.0";

/** Version of this program. */
export const PROJECT_VERSION = "0.1.0";

/** The runtime as the reference names Go: scripts and test harnesses look for `\(built w/[a-z0-9.-]+\)`. */
const builtWith = () => `(built w/deno${Deno.version.deno})`;

/** What a daemon prints for `--version` and logs at start, in the reference's form exactly. @param daemon such as `nsqd` */
export function daemonVersionLine(daemon: string): string {
  return `${daemon} v${NSQ_VERSION} ${builtWith()}`;
}

/** What a tool prints for `--version`, in the reference's form. @param tool such as `nsq_tail` */
export function toolVersionLine(tool: string): string {
  return `${tool} v${NSQ_VERSION}`;
}

/** What `nsq --version` prints: the version of this program too. */
export function programVersionLine(): string {
  return `nsq v${NSQ_VERSION} ${builtWith()} nsq-ts ${PROJECT_VERSION}`;
}
