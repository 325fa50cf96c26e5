/** Finds the consumers at fault in what nsqds count for each connection, from one look to the next. */
import type { ClientStats, TopicStats } from "../../lib/cluster/stats.ts";

/** Nothing finished for so long while messages are in flight, in ms: then it is said. */
const IDLE_MS = 15_000;

/** A consumer that finishes less than this share of what the median of its peers does is behind. */
const BEHIND_SHARE = 0.25;

/** Peers that have to be there to be compared with. */
const MIN_PEERS = 3;

/** A page that nobody looks at any more is forgotten after this. */
const FORGET_MS = 60_000;

interface Seen {
  atMs: number;
  finished: number;
  timedOut: number;
  /** When it finished something last, or was seen first. */
  finishedAtMs: number;
  rate: number;
}

interface Watched {
  atMs: number;
  clients: Map<string, Seen>;
}

/** Remembers the connections of the channels that somebody looks at. */
export class ClientWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #faults = new Map<string, ReadonlyMap<string, string>>();

  /**
   * Takes note of an answer with clients.
   *
   * @param key of the question: answers to the same one are compared
   */
  note(key: string, topics: readonly TopicStats[], atMs: number): void {
    const before = this.#watched.get(key)?.clients ?? new Map<string, Seen>();
    const now = new Map<string, Seen>();
    const faults = new Map<string, string>();
    for (const { depth, clients } of topics.flatMap(({ channels }) => channels ?? [])) {
      const list = clients ?? [];
      const timedOut = new Map<string, number>();
      for (const client of list) {
        const name = connectionOf(client), last = before.get(name);
        const seen = seenAt(client, last, atMs);
        now.set(name, seen);
        timedOut.set(name, last === undefined ? 0 : seen.timedOut - last.timedOut);
      }
      const rates = list.map((client) => now.get(connectionOf(client))!.rate).sort((a, b) => a - b);
      const median = rates.length < MIN_PEERS ? 0 : rates[rates.length >> 1]!;
      for (const client of list) {
        const name = connectionOf(client);
        const fault = faultOf(client, now.get(name)!, {
          atMs,
          depth,
          median,
          timedOut: timedOut.get(name)!,
        });
        if (fault !== "") faults.set(name, fault);
      }
    }
    this.#watched.set(key, { atMs, clients: now });
    this.#faults.set(key, faults);
    for (const [other, watched] of this.#watched) {
      if (atMs - watched.atMs < FORGET_MS) continue;
      this.#watched.delete(other);
      this.#faults.delete(other);
    }
  }

  /** What is wrong with each connection that has a fault, by {@link connectionOf}. */
  faults(key: string): ReadonlyMap<string, string> {
    return this.#faults.get(key) ?? new Map();
  }
}

/** One connection: node and remote address. */
export function connectionOf(
  client: { node: string; remote_address: string },
): string {
  return `${client.node} ${client.remote_address}`;
}

function seenAt(client: ClientStats, last: Seen | undefined, atMs: number): Seen {
  const { finish_count: finished, requeue_count, message_count, in_flight_count } = client;
  // What was delivered and is neither finished, nor requeued, nor in flight has timed out.
  const timedOut = Math.max(0, message_count - finished - requeue_count - in_flight_count);
  const hasFinished = last === undefined || finished !== last.finished;
  const elapsedMs = last === undefined ? 0 : atMs - last.atMs;
  return {
    atMs,
    finished,
    timedOut,
    finishedAtMs: hasFinished ? atMs : last.finishedAtMs,
    rate: elapsedMs <= 0 ? 0 : (finished - last!.finished) * 1000 / elapsedMs,
  };
}

function faultOf(
  { in_flight_count: inFlight, ready_count: ready, version }: ClientStats,
  { finished, finishedAtMs, rate, timedOut: everTimedOut }: Seen,
  { atMs, depth, median, timedOut }: {
    atMs: number;
    depth: number;
    median: number;
    timedOut: number;
  },
): string {
  if (timedOut > 0) return `timing out: ${timedOut} since the last look`;
  if (finished === 0 && everTimedOut > 0) {
    return `nothing finished so far, ${everTimedOut} timed out`;
  }
  // Who takes messages over HTTP is ready only while it asks for one.
  if (version === "HTTP") return "";
  const idleMs = atMs - finishedAtMs;
  if (inFlight > 0 && inFlight >= ready && idleMs >= IDLE_MS) {
    return `in flight full, nothing finished for ${Math.round(idleMs / 1000)} s`;
  }
  if (depth > 0 && ready === 0 && inFlight === 0) return "not ready: backed off, or RDY 0";
  if (depth > 0 && rate < median * BEHIND_SHARE) return "behind its peers";
  return "";
}
