/** What was done with the messages of a durable topic, and whether what is found after a crash agrees with it. */

/** What a consumer did last with a message; nothing: it is queued. */
export type Deed = "queued" | "in flight" | "requeued" | "timed out" | "deferred";

/** One message, and what was said of it. Times are unix ms. */
export interface Entry {
  readonly number: number;
  readonly body: string;
  /** When it is due that was published with a delay; 0 for others. */
  readonly dueMs: number;
  /** When its OK came; Infinity until then. */
  ackedMs: number;
  /** Which answer of which connection that was. */
  ack: { port: number; ordinal: number };
  /** When a FIN left, which may have had its effect; Infinity until then. */
  finishedMs: number;
  deeds: Note[];
}

/** What a consumer did, and how often the message had been delivered by then. */
export interface Note {
  readonly deed: Deed;
  readonly attempts: number;
  /** 0 unless it was deferred. */
  readonly dueMs: number;
  readonly atMs: number;
  /** When it times out, if it was left to; else Infinity. */
  readonly timesOutMs: number;
}

/** A message as it was found in a channel. */
export interface Found {
  readonly body: string;
  readonly attempts: number;
  /** 0 when it is not deferred. */
  readonly dueMs: number;
}

/** The crash. */
export interface Crash {
  /** Whether the message's OK left before. */
  isAcknowledged(entry: Entry): boolean;
  atMs: number;
}

/** How many acknowledged messages there were, by what had been done with them. */
export type Count = Record<Deed | "finished", number>;

/** What nobody waits for is written within 50 ms; a busy machine takes longer. */
const NOTED_MS = 1500;

export function emptyCount(): Count {
  return { queued: 0, "in flight": 0, requeued: 0, "timed out": 0, deferred: 0, finished: 0 };
}

/** `1 queued, 2 in flight`. */
export function describeCount(count: Count): string {
  return Object.entries(count).map(([state, number]) => `${number} ${state}`).join(", ");
}

/** All messages of a topic with two channels: `ch`, which is consumed from, and `idle`. */
export class Ledger {
  readonly entries: Entry[] = [];
  readonly #byBody = new Map<string, Entry>();

  /** A new body: a number that only it has, and padding. */
  add(padding: number, dueMs = 0): Entry {
    const number = this.entries.length;
    const entry: Entry = {
      number,
      body: `${number}:${"x".repeat(padding)}`,
      dueMs,
      ackedMs: Infinity,
      ack: { port: 0, ordinal: 0 },
      finishedMs: Infinity,
      deeds: [],
    };
    this.entries.push(entry);
    this.#byBody.set(entry.body, entry);
    return entry;
  }

  /** @throws Error when nobody published it in this form */
  entry(body: string): Entry {
    const entry = this.#byBody.get(body);
    if (entry === undefined) throw new Error(`nobody published ${body.slice(0, 60)}`);
    return entry;
  }

  /**
   * Compares with what is in both channels.
   * @param count acknowledged messages by state are added to it
   * @returns what was lost or is wrong, a line each
   */
  check(ch: readonly Found[], idle: readonly Found[], crash: Crash, count: Count): string[] {
    const inCh = this.#index(ch), inIdle = this.#index(idle);
    const complaints: string[] = [];
    for (const entry of this.entries) {
      if (!crash.isAcknowledged(entry)) continue;
      const found = inCh.get(entry.number);
      const isFinished = entry.finishedMs <= crash.atMs;
      const state = stateAt(entry, crash.atMs);
      count[isFinished ? "finished" : state]++;
      if (!inIdle.has(entry.number)) complaints.push(`${entry.number} is lost in idle`);
      if (found === undefined) {
        if (!isFinished) complaints.push(`${entry.number}, ${state}, is lost`);
      } else if (!isFinished) complaints.push(...differences(entry, found, crash));
    }
    complaints.push(...disorder(idle, (body) => this.entry(body)));
    return complaints;
  }

  /**
   * What was done just before a crash may be gone with it: from here on what was found in `ch` is what counts, so that a later crash is
   * not blamed for it.
   */
  believe(ch: readonly Found[], crash: Crash): void {
    const inCh = this.#index(ch);
    for (const entry of this.entries) {
      const last = entry.deeds.at(-1), found = inCh.get(entry.number);
      if (last === undefined || found === undefined) continue;
      if (last.atMs <= crash.atMs - NOTED_MS) continue;
      entry.deeds = [{ ...last, attempts: found.attempts, dueMs: found.dueMs }];
    }
  }

  #index(found: readonly Found[]): Map<number, Found> {
    return new Map(found.map((each) => [this.entry(each.body).number, each]));
  }
}

function stateAt({ deeds, dueMs }: Entry, crashMs: number): Deed {
  const last = deeds.findLast(({ atMs }) => atMs <= crashMs);
  if (last === undefined) return dueMs > 0 ? "deferred" : "queued";
  return last.timesOutMs < crashMs ? "timed out" : last.deed;
}

function differences(entry: Entry, found: Found, crash: Crash): string[] {
  const noted = entry.deeds.findLast(({ atMs }) => atMs <= crash.atMs - NOTED_MS);
  const later = entry.deeds.some(({ atMs }) => noted !== undefined && atMs > noted.atMs);
  const complaints: string[] = [];
  if (noted !== undefined && found.attempts < noted.attempts) {
    complaints.push(`${entry.number} has ${found.attempts} attempts, not ${noted.attempts}`);
  }
  const dueMs = noted === undefined || later ? entry.dueMs : noted.dueMs;
  const isSure = noted !== undefined ? !later : entry.deeds.length === 0;
  if (isSure && dueMs > 0 && Math.abs(found.dueMs - dueMs) > NOTED_MS) {
    complaints.push(`${entry.number} is due at ${found.dueMs}, not at ${dueMs}`);
  }
  return complaints;
}

/** Messages of one publisher come in the order of their answers; each takes numbers from one sequence. */
function disorder(found: readonly Found[], entryOf: (body: string) => Entry): string[] {
  const last = new Map<number, number>();
  const complaints: string[] = [];
  for (const { body } of found) {
    const { number, ack } = entryOf(body);
    if (number < (last.get(ack.port) ?? -1)) complaints.push(`${number} is out of order`);
    last.set(ack.port, number);
  }
  return complaints;
}
