/**
 * Asks the daemons, once for all viewers: every 5 s while somebody looks, every 30 s otherwise, so
 * that there is a history when somebody comes. A refresh costs each nsqd one `/stats` without
 * clients, and each lookupd one `/nodes` and one `/topics`.
 */
import type { Cluster } from "../../lib/cluster/cluster.ts";
import type { TopicStats } from "../../lib/cluster/stats.ts";
import type { Logger } from "../../lib/log/logger.ts";
import type { ProblemGroup } from "./contract.ts";
import { Counters } from "./counters.ts";
import { History } from "./history.ts";
import { buildModel } from "./build_model.ts";
import type { ClusterModel } from "./model.ts";
import { KnownNodes } from "./known_nodes.ts";
import { KnownListings, type LastListing } from "./listing.ts";
import { findProblems } from "./problems.ts";
import { STEP_MS } from "./series.ts";

/** Between refreshes when nobody looks. */
const IDLE_MS = 30_000;

/** Rates are known after two looks. */
const SECOND_LOOK_MS = 1_000;

/** For how long somebody who asked counts as looking. */
const LOOKING_MS = 20_000;

/** Figures older than this are not shown to somebody who comes: new ones are waited for. */
const STALE_MS = 2 * IDLE_MS;

/** Somebody who comes while nobody was looking waits this long for new figures. */
const COMING_MS = 600;

/**
 * Somebody who has changed something waits this long to see what came of it: a node that hangs must
 * not keep its viewers from the others.
 */
const FRESH_MS = 2_000;

/** What viewers see of the cluster until the next refresh. */
export interface Look {
  /** Different for every refresh. */
  version: number;
  model: ClusterModel;
  history: History;
  problems: ProblemGroup[];
}

/** Where the figures come from, and the time. */
export interface CollectorSource {
  cluster: Pick<Cluster, "snapshot">;
  logger: Logger;
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** Keeps one {@link Look} fresh. */
export class Collector {
  readonly #source: CollectorSource;
  readonly #counters = new Counters();
  readonly #known = new KnownNodes();
  readonly #listings = new KnownListings();
  readonly #history = new History();
  #look: Look | null = null;
  #refreshing: Promise<Look> | null = null;
  /** The look after the one under way, if somebody waits for that. */
  #next: Promise<Look> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #askedAtMs = -Infinity;
  #isStopped = false;

  constructor(source: CollectorSource) {
    this.#source = source;
  }

  /** Starts to keep a history. */
  start(): void {
    this.#refreshSoon(0);
  }

  /**
   * The cluster as it was seen last. The first time, and after a long pause, it looks first.
   *
   * @param isFresh whether it should look first because something was just changed; when daemons
   * are slow, the look that comes of it is left to the next question
   */
  async current(isFresh = false): Promise<Look> {
    const nowMs = this.#source.nowMs();
    const wasIdle = !this.#isLooking(nowMs);
    this.#askedAtMs = nowMs;
    const look = this.#look;
    const ageMs = look === null ? Infinity : nowMs - look.model.atMs;
    if (look === null || ageMs > STALE_MS || ageMs < 0) {
      return await (isFresh ? this.#refreshAnew() : this.#refresh());
    }
    if (isFresh) return await within(FRESH_MS, this.#refreshAnew(), look);
    if (!wasIdle) return look;
    if (ageMs > STEP_MS) return await within(COMING_MS, this.#refresh(), look);
    this.#refreshSoon(STEP_MS - ageMs);
    return look;
  }

  /** What was seen last; null before the first look. Does not count as somebody who looks. */
  get last(): Look | null {
    return this.#look;
  }

  /** How old the figures are, in ms. */
  ageMs(look: Look): number {
    return Math.max(0, this.#source.nowMs() - look.model.atMs);
  }

  /** How long until the next look, in ms. */
  nextInMs(look: Look): number {
    const stepMs = look.version === 1 ? SECOND_LOOK_MS : STEP_MS;
    return Math.max(0, look.model.atMs + stepMs - this.#source.nowMs());
  }

  /** What a node said when it answered last. */
  lastStats(node: string): readonly TopicStats[] {
    return this.#known.all.get(node)?.stats ?? [];
  }

  /** What a lookupd listed when it answered last. */
  lastListing(lookupd: string): LastListing | undefined {
    return this.#listings.get(lookupd);
  }

  /** Drops a node that is gone for good; if it is there, the next look finds it again. */
  forget(node: string): void {
    this.#known.forget(node);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#refreshing?.catch(() => {}); // logged where it was started
  }

  #isLooking(nowMs: number): boolean {
    return nowMs - this.#askedAtMs < LOOKING_MS;
  }

  #refreshSoon(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#refresh().catch((error) => {
        this.#source.logger.error(`console: failed to look at the cluster - ${error.stack}`);
      });
    }, ms);
  }

  #refresh(): Promise<Look> {
    return this.#refreshing ??= this.#takeLook().finally(() => {
      this.#refreshing = null;
      const isFirst = this.#look !== null && this.#look.version === 1;
      const isLooking = this.#isLooking(this.#source.nowMs());
      this.#refreshSoon(isFirst ? SECOND_LOOK_MS : isLooking ? STEP_MS : IDLE_MS);
    });
  }

  /** A look that begins after this call: one under way may have asked too early. */
  #refreshAnew(): Promise<Look> {
    if (this.#refreshing === null) return this.#refresh();
    return this.#next ??= this.#refreshing.catch(() => {}).then(() => {
      this.#next = null;
      return this.#refresh();
    });
  }

  async #takeLook(): Promise<Look> {
    const { cluster, nowMs } = this.#source;
    const remembered = [...this.#known.all.values()];
    const snapshot = await cluster.snapshot({ includeClients: false }, remembered);
    const atMs = nowMs();
    this.#known.update(snapshot, atMs);
    this.#listings.update(snapshot, atMs);
    const listing = this.#listings.listingOf(snapshot, atMs);
    const topics = this.#listings.rememberedTopics(listing);
    const memory = { known: this.#known.all, listing, topics };
    const model = buildModel(snapshot, this.#counters, atMs, memory);
    this.#history.record(model);
    const problems = findProblems(model, this.#history);
    const version = (this.#look?.version ?? 0) + 1;
    return this.#look = { version, model, history: this.#history, problems };
  }
}

/** What `promise` gives, or `fallback` when that takes longer than `ms`. */
async function within<T>(ms: number, promise: Promise<T>, fallback: T): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(fallback), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
