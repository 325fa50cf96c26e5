import { bareReason } from "../../net/bare_reason.ts";
import type { Logger } from "../../log/logger.ts";
import { LookupPoller } from "../discovery/lookup.ts";
import type { PublishAttempt } from "./error.ts";
import { type NodeContext, type NodeEvents, ProducerNode } from "./node.ts";
import type { ResolvedProducerOptions } from "./options.ts";

/** In a larger cluster a producer connects to so many nsqds, chosen at random: not all need to know all. */
const MAX_NODES = 32;

/** Lookupds are asked as often as this while no nsqd is known. */
const SEARCH_INTERVAL_MS = 1000;

/** What the pool tells of all its nodes. */
export interface PoolEvents extends Omit<NodeEvents, "onUnreachable"> {
  /** Every nsqd has failed since the last time, or none is known: one failure for each. */
  onNobody(failures: readonly PublishAttempt[]): void;
  /** An nsqd could not be reached: what waited for that one goes elsewhere. */
  onUnreachable(): void;
}

/** What the pool needs. */
export interface PoolContext {
  readonly options: ResolvedProducerOptions;
  readonly logger: Logger;
  readonly events: PoolEvents;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** The nsqds that messages may go to: those that were named, or those that lookupds know. */
export class ProducerPool {
  readonly #context: PoolContext;
  readonly #nodeContext: NodeContext;
  readonly #lookup: LookupPoller | null;
  #searchTimer: ReturnType<typeof setTimeout> | undefined;
  #nodes: ProducerNode[] = [];
  /** The node after the one that was chosen last. */
  #next = 0;
  /** How often all nodes could not be reached since one was connected. */
  #failedRounds = 0;

  constructor(context: PoolContext) {
    this.#context = context;
    const { options, logger, events, nowMs, random } = context;
    this.#nodeContext = {
      options: options.connection,
      logger,
      nowMs,
      random,
      events: {
        onReady: (node) => {
          this.#failedRounds = 0;
          this.#lookup?.connected(node.address);
          events.onReady(node);
        },
        onAcknowledged: (node, batch) => events.onAcknowledged(node, batch),
        onRefused: (node, batch, text) => events.onRefused(node, batch, text),
        onLost: (node, sent, reason, areUnread) => {
          if (!areUnread) void this.#lookup?.lost(node.address);
          events.onLost(node, sent, reason, areUnread);
        },
        onUnreachable: () => {
          this.#noticeFailedRound();
          events.onUnreachable();
        },
      },
    };
    this.#lookup = options.lookupd.length === 0 ? null : this.#createLookup();
  }

  /** Begins to connect. */
  start(): void {
    this.#add(this.#context.options.nsqd);
    void this.#lookup?.start();
  }

  get hasConnection(): boolean {
    return this.#nodes.some((node) => node.isConnected);
  }

  /** All nsqds, connected or not. */
  get nodes(): readonly ProducerNode[] {
    return this.#nodes;
  }

  /** What is wrong with the nsqds that have failed; where none is known, with the lookupds. */
  get failures(): PublishAttempt[] {
    if (this.#nodes.length === 0) {
      return (this.#lookup?.failures ?? []).map(({ lookupd, reason }) => ({
        nsqd: `lookupd ${lookupd}`,
        reason: bareReason(lookupd, reason),
        acknowledged: false,
      }));
    }
    return this.#nodes.filter(({ failures }) => failures > 0)
      .map(({ address, lastError }) => ({
        nsqd: address,
        reason: lastError,
        acknowledged: false,
      }));
  }

  /** Where the next batch goes: the node with the least to do, in turn where they have the same; with a key always the same that has room. */
  choose(key = ""): ProducerNode | undefined {
    if (key !== "") return byKey(this.#nodes, key);
    const { length } = this.#nodes;
    let best: ProducerNode | undefined;
    for (let i = 0; i < length; i++) {
      const node = this.#nodes[(this.#next + i) % length]!;
      if (node.hasRoom && (best === undefined || node.load < best.load)) best = node;
      if (best?.load === 0) break;
    }
    if (best !== undefined) this.#next = (this.#nodes.indexOf(best) + 1) % length;
    return best;
  }

  /** Ends all connections, those that are being opened too; no answer is waited for. */
  async close(): Promise<void> {
    clearTimeout(this.#searchTimer);
    const nodes = this.#nodes.splice(0).map((node) => node.close());
    await Promise.all([this.#lookup?.stop(), ...nodes]);
  }

  #createLookup(): LookupPoller {
    const { options, logger, random } = this.#context;
    const { tls, authSecret } = options.connection;
    return new LookupPoller({
      lookupd: options.lookupd,
      topic: "",
      intervalMs: options.lookupdPollIntervalMs,
      jitter: options.lookupdPollJitter,
      timeoutMs: options.lookupdPollTimeoutMs,
      authSecret: options.lookupdAuthorization ? authSecret : "",
      caCerts: tls?.caCerts,
      logger,
      random,
      onFound: (addresses) => this.#add(addresses),
      onKnown: (addresses) => this.#keep(addresses),
    });
  }

  #add(addresses: readonly string[]): void {
    const known = new Set(this.#nodes.map((node) => node.address));
    const fresh = shuffled(addresses.filter((each) => !known.has(each)), this.#context.random)
      .slice(0, MAX_NODES - this.#nodes.length)
      .map((address) => new ProducerNode(address, this.#nodeContext));
    this.#nodes.push(...fresh);
    for (const node of fresh) node.start();
  }

  /** Gives up nsqds that no lookupd knows any more. Those that still work stay: a lookupd forgets all when it starts again. */
  #keep(addresses: ReadonlySet<string>): void {
    const gone = this.#nodes.filter((node) => !addresses.has(node.address) && !node.isConnected);
    this.#nodes = this.#nodes.filter((node) => !gone.includes(node));
    for (const node of gone) void node.close();
    if (this.#nodes.length > 0) return;
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => void this.#lookup?.poll(), SEARCH_INTERVAL_MS);
    this.#context.events.onNobody(this.failures);
  }

  #noticeFailedRound(): void {
    if (this.hasConnection || this.#nodes.length === 0) return;
    const rounds = Math.min(...this.#nodes.map((node) => node.failedDials));
    if (rounds <= this.#failedRounds) return;
    this.#failedRounds = rounds;
    this.#context.events.onNobody(this.failures);
  }
}

function shuffled(addresses: readonly string[], random: () => number): string[] {
  return addresses.map((address) => ({ address, key: random() }))
    .sort((a, b) => a.key - b.key).map(({ address }) => address);
}

/**
 * Every producer finds the same node for a key, and another for few keys only when a node comes or goes. Undefined while that one has no room, or is
 * being connected to for the first time: another would not know the key.
 */
function byKey(nodes: readonly ProducerNode[], key: string): ProducerNode | undefined {
  let best: ProducerNode | undefined, bestHash = -1;
  for (const node of nodes) {
    const hash = hashOf(`${node.address} ${key}`);
    if (node.isExpected && hash > bestHash) [best, bestHash] = [node, hash];
  }
  return best?.hasRoom ? best : undefined;
}

/** FNV-1a of 32 bits, its bits mixed once more: the last characters must matter for the high ones. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}
