/**
 * Figures as statsd reads them: one line each, several lines to a datagram.
 * Source: https://github.com/statsd/statsd/blob/master/docs/metric_types.md
 */

/** Collects a report's lines. All values are whole numbers. */
export class StatsdLines {
  readonly lines: string[] = [];

  /** @param prefix of every name, with its last dot */
  constructor(readonly prefix: string) {}

  /** How much a count has grown since the last report. */
  counter(name: string, growth: number): void {
    this.lines.push(`${this.prefix}${name}:${Math.trunc(growth)}|c\n`);
  }

  gauge(name: string, value: number): void {
    this.lines.push(`${this.prefix}${name}:${Math.trunc(value)}|g\n`);
  }
}

/** Packs whole lines into datagrams of at most `maxBytes`; a line longer than that goes alone. */
export function packDatagrams(lines: readonly string[], maxBytes: number): Uint8Array[] {
  const encoder = new TextEncoder();
  const datagrams: Uint8Array[] = [];
  let text = "";
  for (const line of lines) { // names are ASCII, and so is everything else but perhaps the prefix
    const isFull = encoder.encode(text + line).length > maxBytes;
    if (isFull && text !== "") datagrams.push(encoder.encode(text));
    text = isFull ? line : text + line;
  }
  if (text !== "") datagrams.push(encoder.encode(text));
  return datagrams;
}
