/** Where what a command of `nsq journal` finds goes. */

/** Data for stdout, words for stderr. */
export interface Output {
  /** Prints a line, or several with newlines between. */
  line(text: string): void;
  /** Writes bytes as they are. */
  bytes(bytes: Uint8Array): void;
  warn(text: string): void;
  /** Whether somebody looks at stdout. */
  readonly isTerminal: boolean;
}

/** `1 message`, `2 messages`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** `message 3`, `messages 3 to 5`. @param end behind the last */
export function messageRange(from: number, end: number): string {
  return end === from + 1 ? `message ${from}` : `messages ${from} to ${end - 1}`;
}
