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
}

/** Points of a chart, oldest first; null where nothing is known. */
export type Points = (number | null)[];

/** Short history of one thing. All lists have the same length. */
export interface HistoryView {
  /** Time of the last point. */
  endMs: number;
  stepMs: number;
  rate: Points;
  depth: Points;
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
  rate: number;
  paused: boolean;
  latency: Percentile[];
}

/** Figures of a channel, on one node or on all. */
export interface ChannelFigures extends QueueFigures {
  inFlight: number;
  deferred: number;
  requeues: number;
  timeouts: number;
  clients: number;
  /** Deliveries to clients of the same zone, the same region, and others; none when not measured. */
  delivered: [zoneLocal: number, regionLocal: number, global: number] | null;
}

/** One topic in the list of streams. */
export interface TopicRow extends QueueFigures {
  name: string;
  inFlight: number;
  deferred: number;
  clients: number;
  channels: number;
  /** Nodes that have it; 0 for a topic that only lookupd knows. */
  nodes: number;
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
  rate: number;
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
  totals: Totals;
  history: HistoryView;
  problems: ProblemGroup[];
  topics: TopicRow[];
  /** Topics that match the search; `topics` holds one page of them. */
  matches: number;
  page: number;
  pageSize: number;
}

/** A node's share of a topic or channel. */
export interface NodeShare {
  /** "host:http port", as `/nodes/:node` names it. */
  node: string;
  hostname: string;
}

export interface ChannelRow extends ChannelFigures {
  name: string;
  trend: Trend;
}

/** `GET topics/:topic` */
export interface TopicView extends Envelope {
  name: string;
  /** False for a topic that only lookupd knows, or nobody. */
  exists: boolean;
  total: QueueFigures;
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
  /** Whether it shares the zone, or the region, of its nsqd. */
  locality: "" | "zone" | "region";
}

/** `GET topics/:topic/:channel` */
export interface ChannelView extends Envelope {
  topic: string;
  name: string;
  exists: boolean;
  total: ChannelFigures;
  nodes: (NodeShare & ChannelFigures)[];
  clients: ClientView[];
  history: HistoryView;
  /** Messages that timed out and were requeued, per second, in the steps of `history`. */
  timeoutRate: Points;
  requeueRate: Points;
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
  /** Why it could not be asked; empty when it could. */
  error: string;
  /** "OK", or what its own health check says. */
  health: string;
  startedAtMs: number;
  topics: number;
  tombstones: string[];
  clients: number;
  depth: number;
  messages: number;
  rate: number;
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
  rate: number;
  nodes: { node: string; messages: number; rate: number }[];
  history: HistoryView;
}

/** `GET lookup` */
export interface LookupView extends Envelope {
  lookupds: { address: string; error: string; nodes: number; topics: number }[];
  inactive: { topic: string; channels: string[] }[];
  /** More of them than are listed. */
  inactiveCount: number;
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
