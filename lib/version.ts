/** Version of NSQ whose behaviour and wire protocol this program implements. */
export const NSQ_VERSION = "1.3.0";

/** Version of this program. */
export const PROJECT_VERSION = "0.1.0";

/**
 * The line printed by `--version` and logged at start. Scripts read its first two words, so these
 * stay `<role> v<NSQ version>` exactly.
 */
export function versionLine(role: string): string {
  return `${role} v${NSQ_VERSION} (built w/deno${Deno.version.deno}, nsq-ts ${PROJECT_VERSION})`;
}
