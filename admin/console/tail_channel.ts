/** Names of the channels that live tails read from. */

/** A name for the channel of one tail. */
export function newTailChannel(): string {
  return `console-${crypto.randomUUID().slice(0, 8)}#ephemeral`;
}

/** Whether a channel is a tail's, of this console or another. */
export function isTailChannel(name: string): boolean {
  return /^console-[0-9a-f]{8}#ephemeral$/.test(name);
}
