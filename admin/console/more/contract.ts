/** What the pages are told about messages, policies and drain: JSON of server and pages alike. */
import type { Envelope } from "../contract.ts";

/** A node that did not do or say what it was asked for. */
export interface NodeFailure {
  node: string;
  reason: string;
}

/** Which messages of a channel. A topic's own queue has only the first and the third. */
export type MessageState = "queued" | "in_flight" | "deferred" | "dead";

/** `POST peek` */
export interface PeekRequest {
  topic: string;
  /** Left out: the topic's own queue. */
  channel?: string;
  state: MessageState;
  /** On each node. */
  offset: number;
  count: number;
  /** Left out: all nodes that have it. */
  node?: string;
}

export interface PeekAnswer {
  messages: PeekedMessage[];
  totals: { node: string; total: number }[];
  hasMore: boolean;
  failed: NodeFailure[];
  /** Nodes whose brokers have no peek, or not of this state. */
  cannot: string[];
}

export interface PeekedMessage {
  node: string;
  id: string;
  publishedMs: number;
  attempts: number;
  sizeBytes: number;
  /** Where it is text; else `bodyBase64`. */
  body?: string;
  bodyBase64?: string;
  isCut: boolean;
  /** When it is delivered, or its time is up. */
  dueMs: number | null;
  /** Who has it in flight; "" if that connection is gone, null if nobody has it. */
  holder: string | null;
  /** "" for one that is not dead. */
  whyDead: string;
  firstDeliveryMs: number | null;
  lastDeliveryMs: number | null;
}

/** `POST messages`: kicks messages, which brings them back to consumers at once, or deletes them. */
export interface MessageDeedRequest {
  deed: "kick" | "delete" | "emptyDead";
  topic: string;
  channel: string;
  /** Of what is kicked. */
  state?: "dead" | "deferred";
  /** Left out: all of that state. */
  id?: string;
  /** Left out: all nodes that have the channel. */
  node?: string;
}

export interface MessageDeedAnswer {
  done: string[];
  failed: NodeFailure[];
}

/** What becomes of messages in the topics and channels that it matches. */
export interface Policy {
  name: string;
  topic: string;
  channel: string;
  priority: number;
  set: Readonly<Record<string, unknown>>;
}

export interface PolicyRow {
  policy: Policy;
  /** Whether it comes from a file of the node's operator, and cannot be changed from here. */
  isFixed: boolean;
  nodes: string[];
}

/** `GET policies` */
export interface PoliciesView extends Envelope {
  policies: PolicyRow[];
  /** Nodes that have policies at all. */
  nodes: string[];
  failed: NodeFailure[];
  cannot: string[];
}

/** `POST policies` `{"policy", "dryRun"}`, `DELETE policies/:name` */
export interface PolicyChange {
  done: string[];
  failed: NodeFailure[];
  cannot: string[];
  /** What it is for, of what there is now. */
  topics: string[];
  channels: { topic: string; channel: string }[];
  /** Messages that would be gone, or dead, at once. */
  wouldDrop: number;
  wouldDie: number;
}

/** `GET effective?topic=&channel=` */
export interface EffectiveView {
  fields: EffectiveField[];
  failed: NodeFailure[];
  cannot: string[];
}

export interface EffectiveField {
  name: string;
  value: unknown;
  /** Null where no policy sets it. */
  policy: string | null;
  /** Nodes that say otherwise. */
  otherwise: string[];
}

/** `GET nodes/:node/drain`; null where the broker has no such call. */
export interface DrainView {
  isDraining: boolean;
  sinceMs: number;
  deadlineMs: number | null;
  /** Not finished yet. */
  messages: number;
  remaining: { topic: string; channel: string; messages: number; waitsFor: string }[];
}
