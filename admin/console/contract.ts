/**
 * What the pages are told: the JSON of `/api/console/…`, used by the server and by the pages alike.
 * Rates are per second, times are Unix times in ms, durations in their units, depths in messages.
 */

/** What every answer about the cluster carries. */
export interface Envelope {
  /** When the daemons were asked. */
  atMs: number;
  /** When it is worth asking again. */
  nextInMs: number;
  /** Sources that could not be asked: what is shown lacks them. */
  warnings: string[];
  listing: Listing;
}

/** How good the list of nodes and topics is. */
export interface Listing {
  /**
   * "fresh": somebody answered who knows, or no lookupd is used; "stale": none does now; "unknown":
   * none has since the console started.
   */
  state: "fresh" | "stale" | "unknown";
  /** When the list was made; 0 for unknown. */
  atMs: number;
  /** Lookupds that do not answer: what only they know is missing. */
  silent: string[];
}

/** Figures of a node at its last answer. */
export interface LastFigures {
  depth: number;
  inFlight: number;
  deferred: number;
  messages: number;
  requeues: number;
  timeouts: number;
  clients: number;
}

/** What a sum lacks: the shares of nodes that do not answer. */
export interface Lacking {
  nodes: string[];
  /** When the first of them answered last; 0 for not since the console started. */
  sinceMs: number;
  /** Whether one has not answered since the console started: `last` lacks it as well. */
  isPartlyUnknown: boolean;
  /** Their figures at their last answers. */
  last: LastFigures;
}

/**
 * Where a topic or channel is: on nodes that answer; on lost ones only; known to lookupd only;
 * nowhere; or not known, because not all who may know it answer.
 */
export type Presence = "here" | "lost" | "listed" | "unknown" | "unsure";

/** Points of a chart, oldest first; null where nothing is known. */
export type Points = (number | null)[];

/**
 * What happened to one thing over the span of time that the page asked for (`?range=`), in messages
 * per second, and how much waited. All lists have the same length.
 */
export interface HistoryView {
  /** Time of the last point. */
  endMs: number;
  stepMs: number;
  /** Came in: published to a topic, or copied into a channel. */
  publish: Points;
  /** Sent to consumers, again and again if need be. */
  deliver: Points;
  /** Finished, or emptied. */
  finish: Points;
  requeue: Points;
  timeout: Points;
  depth: Points;
  /** What is to be known about where it comes from. */
  note?: string;
}

/** How long the oldest waiting message has waited. */
export interface OldestAge {
  ms: number;
  /**
   * "said" by the brokers; "estimated" from how much came in since; or "least", as what came before
   * is not known.
   */
  how: "said" | "estimated" | "least";
}

/** Thirty points or so, for a sparkline. */
export interface Trend {
  rate: Points;
  depth: Points;
}

/** End-to-end latency at one quantile, over the nodes that measure it. */
export interface Percentile {
  /** 0.99 for the 99th percentile. */
  quantile: number;
  minNs: number;
  averageNs: number;
  maxNs: number;
}

/** Figures that queues of every kind have. */
export interface QueueFigures {
  depth: number;
  memoryDepth: number;
  backendDepth: number;
  messages: number;
  /** Null when it is not known yet: that takes two looks. */
  rate: number | null;
  paused: boolean;
  latency: Percentile[];
}

/** What a topic keeps on the disk of its nodes, if it is durable. */
export interface DurableFigures {
  journalBytes: number;
  /** The latest of its nodes: on all of them what was published since then is kept. */
  retainedFromMs: number;
}

/** Figures of a channel, on one node or on all. */
export interface ChannelFigures extends QueueFigures {
  inFlight: number;
  deferred: number;
  requeues: number;
  timeouts: number;
  clients: number;
  /** What brokers say of the oldest waiting message, in ms; null where none does. */
  oldestAgeMs: number | null;
  /** Messages kept aside as dead, and of what policies did; null where no broker has policies. */
  dead: number | null;
  expired: number | null;
  rejected: number | null;
  dropped: number | null;
  /** Messages that a seek has passed over; null where no broker says so. */
  skipped: number | null;
  /** Deliveries to clients of the same zone, the same region, and others; none when not measured. */
  delivered: [zoneLocal: number, regionLocal: number, global: number] | null;
}

/** One topic in the list of streams. */
export interface TopicRow extends QueueFigures {
  name: string;
  /** Of `depth`, what waits in the topic itself: emptying it loses this and leaves its channels' messages. */
  ownDepth: number;
  inFlight: number;
  deferred: number;
  clients: number;
  channels: number;
  /** Nodes that answer and have it; 0 for a topic that only lookupd knows, or lost nodes. */
  nodes: number;
  /** Bytes of its journals; null for a topic that is not durable. */
  journalBytes: number | null;
  lacking: Lacking | null;
  trend: Trend;
}

/** Sums over the cluster. */
export interface Totals {
  topics: number;
  channels: number;
  clients: number;
  nodes: number;
  nodesLost: number;
  depth: number;
  inFlight: number;
  deferred: number;
  messages: number;
  rate: number | null;
}

export type Severity = "error" | "warning" | "info";

/** One thing that an operator should look at. */
export interface ProblemItem {
  topic?: string;
  channel?: string;
  node?: string;
  /** How much of it, in the unit that `ProblemGroup.unit` names; the list is sorted by it. */
  amount: number;
  /** What is special about this one; may be empty. */
  detail: string;
  /** Of a node that does not answer: when it did last; 0 for not since the console started. */
  sinceMs?: number;
}

/** All problems of one kind. */
export interface ProblemGroup {
  kind: string;
  severity: Severity;
  /** What is wrong, as a headline. */
  title: string;
  /** What it means and what to do. */
  advice: string;
  unit: string;
  count: number;
  /** The worst ones; `count` may be more. */
  items: ProblemItem[];
}

export const SORT_KEYS = [
  "name",
  "rate",
  "depth",
  "inFlight",
  "deferred",
  "messages",
  "channels",
  "clients",
  "nodes",
] as const;
export type SortKey = typeof SORT_KEYS[number];

/** `GET overview?q=&sort=&order=&page=` */
export interface Overview extends Envelope {
  /** Of the nodes that answer. */
  totals: Totals;
  lacking: Lacking | null;
  history: HistoryView;
  problems: ProblemGroup[];
  topics: TopicRow[];
  /** Topics that match the search; `topics` holds one page of them. */
  matches: number;
  page: number;
  pageSize: number;
  /** Some node that answers, for commands to copy: "host:port"; null for none. */
  example: { http: string; tcp: string } | null;
}

/** A node's share of a topic or channel. */
export interface NodeShare {
  /** "host:http port", as `/nodes/:node` names it. */
  node: string;
  hostname: string;
  /** Whether it takes no more messages, and ends when all it has is consumed. */
  isDraining: boolean;
  /** Of a node that does not answer: its figures are those of `sinceMs`, or nothing if that is 0. */
  lost: { sinceMs: number } | null;
}

export interface ChannelRow extends ChannelFigures {
  name: string;
  /** Whether it belongs to a live tail of a console. */
  isTail: boolean;
  /** Null when nothing waits, or nothing is known. */
  oldest: OldestAge | null;
  /** Nodes that answer and have it. */
  nodes: number;
  lacking: Lacking | null;
  trend: Trend;
}

/** `GET topics/:topic` */
export interface TopicView extends Envelope {
  name: string;
  presence: Presence;
  /** Of the topic's own queue, on nodes that answer. */
  total: QueueFigures;
  /** Null when it is durable on none of them. */
  durable: DurableFigures | null;
  lacking: Lacking | null;
  nodes: (NodeShare & QueueFigures & { channels: number })[];
  channels: ChannelRow[];
  /** Nodes on which lookupd hides this topic from consumers. */
  tombstones: string[];
  history: HistoryView;
}

/** One connection of a consumer, named as nsqd names it. */
export interface ClientView {
  node: string;
  clientId: string;
  hostname: string;
  remoteAddress: string;
  userAgent: string;
  inFlight: number;
  ready: number;
  finished: number;
  requeued: number;
  messages: number;
  connectedSinceMs: number;
  sampleRate: number;
  deflate: boolean;
  snappy: boolean;
  tls: boolean;
  /** Version, cipher and negotiated protocol; empty without TLS. */
  tlsDetail: string;
  authed: boolean;
  authIdentity: string;
  authIdentityUrl: string;
  region: string;
  zone: string;
  /** What is wrong with it, in words; empty for nothing. Known after two looks. */
  fault: string;
  /** Whether it shares the zone, or the region, of its nsqd. */
  locality: "" | "zone" | "region";
}

/** `GET topics/:topic/:channel` */
export interface ChannelView extends Envelope {
  topic: string;
  name: string;
  presence: Presence;
  total: ChannelFigures;
  oldest: OldestAge | null;
  lacking: Lacking | null;
  nodes: (NodeShare & ChannelFigures)[];
  clients: ClientView[];
  history: HistoryView;
}

export interface NodeRow {
  node: string;
  hostname: string;
  broadcastAddress: string;
  tcpPort: number;
  httpPort: number;
  version: string;
  region: string;
  zone: string;
  /** Which of the lookupds know it. */
  lookupds: string[];
  /** Why it could not be asked; empty when it could. If not, its figures are those of its last answer. */
  error: string;
  /** When it gave figures last; 0 for not since the console started. */
  answeredAtMs: number;
  /** "OK", or what its own health check says. */
  health: string;
  /** Whether it takes no more messages, and ends when all it has is consumed. */
  isDraining: boolean;
  startedAtMs: number;
  /** Heap and buffers in use; null when not known. */
  memoryBytes: number | null;
  /** Room on the disk of its data path; null where the broker does not say. */
  disk: { freeBytes: number; sizeBytes: number } | null;
  topics: number;
  tombstones: string[];
  clients: number;
  depth: number;
  messages: number;
  rate: number | null;
  trend: Trend;
}

/** `GET nodes` */
export interface NodesView extends Envelope {
  lookupds: string[];
  nodes: NodeRow[];
}

/** `GET nodes/:node` */
export interface NodeView extends Envelope {
  node: NodeRow;
  topics: (QueueFigures & {
    name: string;
    tombstoned: boolean;
    channels: (ChannelFigures & { name: string; clientList: ClientView[] })[];
  })[];
  history: HistoryView;
}

/** `GET counter`: what channels have been handed, as nsqadmin counts. */
export interface CounterView extends Envelope {
  messages: number;
  rate: number | null;
  lacking: Lacking | null;
  nodes: (Omit<NodeShare, "hostname"> & { messages: number; rate: number | null })[];
  history: HistoryView;
  /** What channels were handed per second, in the steps of `history`. */
  handedOut: Points;
}

/** `GET lookup` */
export interface LookupView extends Envelope {
  lookupds: LookupdRow[];
  inactive: { topic: string; channels: string[] }[];
  /** More of them than are listed. */
  inactiveCount: number;
}

/** A lookupd, with what it listed when it answered last. */
export interface LookupdRow {
  address: string;
  error: string;
  /** Null when it has not answered since the console started. */
  nodes: number | null;
  topics: number | null;
  answeredAtMs: number;
}

/** What can be done to a topic or channel. */
export type Deed = "create" | "pause" | "unpause" | "empty" | "delete" | "tombstone";

/** `POST actions`: does something wherever it has to be done, and says where it was. */
export interface ActionRequest {
  deed: Deed;
  topic: string;
  /** Left out: the topic itself. */
  channel?: string;
  /** What is tombstoned. */
  node?: string;
  /** Does it at these addresses only: where it failed before. */
  only?: string[];
}

export interface ActionAnswer {
  /** Nodes and lookupds on which it is done. */
  done: string[];
  failed: Failure[];
}

/** Where something did not happen. */
export interface Failure {
  /** "host:port": a node's name, or a lookupd's address. */
  at: string;
  kind: "node" | "lookupd";
  reason: string;
  /** Messages that waited there, or were in flight or deferred, at `sinceMs`; null when not known. */
  lastMessages: number | null;
  sinceMs: number;
}

/** `POST topics/:topic/publish` */
export interface PublishRequest {
  body: string;
  delayMs: number;
  /** "host:http port"; left out: any node of the topic. */
  node?: string;
}

export interface PublishAnswer {
  node: string;
}

/** `POST topics/:topic/tail` answers one of these a line, as long as the page listens. */
export type TailEvent =
  | { kind: "open"; channel: string; nodes: string[] }
  | { kind: "message"; id: string; node: string; atMs: number; attempts: number } & TailBody
  | { kind: "skipped"; count: number }
  | { kind: "end"; reason: string };

/** A body as far as it is shown. */
export interface TailBody {
  /** Text, or hexadecimal digits when it is no text. */
  body: string;
  isText: boolean;
  sizeBytes: number;
}
