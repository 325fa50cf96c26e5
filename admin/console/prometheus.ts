/** Asks a Prometheus that scrapes the brokers' `/metrics` for what charts show. */
import { listOf, objectOf } from "../../lib/cluster/fields.ts";
import type { JsonClient } from "../../lib/http/json_client.ts";
import type { HistoryView, Points } from "./contract.ts";
import type { Subject } from "./history.ts";

/** An answer is good for all viewers for so long, in ms: these spans are long. */
const KEPT_MS = 15_000;

/** Answers that are kept. */
const MAX_KEPT = 200;

/** Rates are averages over at least so long, in s: brokers may be scraped once a minute. */
const MIN_RATE_WINDOW_S = 120;

type Times = Pick<HistoryView, "endMs" | "stepMs">;

export class Prometheus {
  readonly #url: string;
  readonly #client: Pick<JsonClient, "get">;
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, { atMs: number; view: Promise<HistoryView> }>();

  /** @param url of its API, without `/api/v1` */
  constructor(url: string, client: Pick<JsonClient, "get">, nowMs: () => number = Date.now) {
    this.#url = url.replace(/\/+$/, "");
    this.#client = client;
    this.#nowMs = nowMs;
  }

  /**
   * As many points as `count`, at the times of `times`.
   *
   * @throws Error that says why there is none
   */
  view(subject: Subject, { endMs, stepMs }: Times, count: number): Promise<HistoryView> {
    const key = JSON.stringify([subject, stepMs, count]);
    const kept = this.#kept.get(key);
    const nowMs = this.#nowMs();
    if (kept !== undefined && nowMs - kept.atMs < KEPT_MS) return kept.view;
    const view = this.#ask(subject, { endMs, stepMs }, count);
    this.#kept.delete(key);
    this.#kept.set(key, { atMs: nowMs, view });
    view.catch(() => this.#kept.delete(key)); // told to who waits for it
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    return view;
  }

  async #ask(subject: Subject, times: Times, count: number): Promise<HistoryView> {
    const queries = queriesOf(subject, times.stepMs);
    const names = Object.keys(queries) as (keyof typeof queries)[];
    const lines = await Promise.all(
      names.map(async (name) => [name, await this.#range(queries[name], times, count)] as const),
    );
    return { ...times, ...Object.fromEntries(lines) as Record<keyof typeof queries, Points> };
  }

  async #range(query: string, { endMs, stepMs }: Times, count: number): Promise<Points> {
    const end = endMs / 1000, step = stepMs / 1000;
    const start = end - (count - 1) * step;
    const parameters = new URLSearchParams({
      query,
      start: String(start),
      end: String(end),
      step: String(step),
    });
    const answer = objectOf(
      await this.#client.get(`${this.#url}/api/v1/query_range?${parameters}`),
    );
    const [series] = listOf(objectOf(answer.data).result);
    const points: Points = new Array(count).fill(null);
    for (const pair of listOf(objectOf(series).values)) {
      const [atSeconds, text] = listOf(pair);
      const at = Math.round((Number(atSeconds) - start) / step), value = Number(text);
      if (at >= 0 && at < count && Number.isFinite(value)) {
        points[at] = Math.max(0, Math.round(value * 1000) / 1000);
      }
    }
    return points;
  }
}

/** In PromQL; the metrics are those of our broker's `/metrics`, the instance is the node. */
function queriesOf({ topic, channel, node }: Subject, stepMs: number) {
  const labels = (withChannel: boolean) => {
    const pairs = [["topic", topic], ["channel", withChannel ? channel : undefined], [
      "instance",
      node,
    ]];
    return `{${
      pairs.filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")
    }}`;
  };
  const over = `[${Math.max(MIN_RATE_WINDOW_S, 2 * stepMs / 1000)}s]`;
  const rate = (name: string) => `sum(rate(nsqd_channel_${name}_total${labels(true)}${over}))`;
  const growth = (name: string) => `sum(deriv(nsqd_channel_${name}${labels(true)}${over}))`;
  const finished = `(${rate("messages")} - ${growth("depth")} - ${growth("in_flight")} - ${
    growth("deferred")
  })`;
  const channelDepth = `sum(nsqd_channel_depth${labels(true)})`;
  const topicDepth = `sum(nsqd_topic_depth${labels(false)})`;
  return {
    publish: channel === undefined
      ? `sum(rate(nsqd_topic_messages_total${labels(false)}${over}))`
      : rate("messages"),
    deliver: `${finished} + ${rate("requeues")} + ${rate("timeouts")} + ${growth("in_flight")}`,
    finish: finished,
    requeue: rate("requeues"),
    timeout: rate("timeouts"),
    depth: channel !== undefined ? channelDepth : `${topicDepth} + (${channelDepth} or vector(0))`,
  };
}
