/** What an operator should look at, found in the figures of now and of the last minutes. */
import type { ProblemGroup, ProblemItem, Severity } from "./contract.ts";
import type { History } from "./history.ts";
import type { ChannelModel, ClusterModel, TopicModel } from "./model.ts";
import { STEP_MS } from "./series.ts";
import { isTailChannel } from "./tail_channel.ts";

/** Of each kind this many are listed; the rest are counted. */
const MAX_ITEMS = 20;

/** Steps that "the last minute" has. */
const MINUTE_STEPS = 60_000 / STEP_MS;

/** Steps a backlog is watched for before it is said to grow: 3 minutes. */
const GROWTH_STEPS = 3 * MINUTE_STEPS;

/** A smaller backlog that grows is the usual coming and going. */
const MIN_GROWTH_MESSAGES = 100;

/** A disk of which less than this share is free is nearly full. */
const LEAST_FREE_SHARE = 0.1;

/** Steps a consumer may take nothing before it is said to be stuck. */
const STUCK_STEPS = 4;

interface Kind {
  severity: Severity;
  title: string;
  advice: string;
  unit: string;
}

/** Every kind of problem there is, the most urgent first. */
const KINDS = {
  nodeLost: {
    severity: "error",
    title: "Node does not answer",
    advice:
      "Sums leave it out and say so; what is shown of it is what it said last. Is nsqd running, and reachable from here?",
    unit: "waiting then",
  },
  nodeSick: {
    severity: "error",
    title: "Node is unhealthy",
    advice: "nsqd could not write to its disk. Publishing to it may fail.",
    unit: "",
  },
  diskFull: {
    severity: "warning",
    title: "Disk is nearly full",
    advice: "Less than a tenth of it is free. Where nsqd can write no more, publishing fails.",
    unit: "",
  },
  lookupdLost: {
    severity: "error",
    title: "Lookupd does not answer",
    advice: "Consumers find nodes through the others; with none left, new consumers find nothing.",
    unit: "",
  },
  unlisted: {
    severity: "error",
    title: "Node is in no lookupd",
    advice: "It answers, but no lookupd lists it, so consumers do not find it. " +
      "Check its --lookupd-tcp-address.",
    unit: "",
  },
  lookupdDisagrees: {
    severity: "warning",
    title: "Lookupds disagree",
    advice: "A node is known to only some of them. Check its --lookupd-tcp-address.",
    unit: "",
  },
  noConsumer: {
    severity: "warning",
    title: "Backlog and no consumer",
    advice: "Nobody takes these messages. Start a consumer, or delete the channel.",
    unit: "messages",
  },
  stuck: {
    severity: "warning",
    title: "Consumers take nothing",
    advice: "They are connected but not ready: backing off, or stuck with RDY 0.",
    unit: "messages",
  },
  timeouts: {
    severity: "warning",
    title: "Clients are timing out",
    advice: "Messages were not finished in time and were delivered again, in the last minute.",
    unit: "timed out",
  },
  growing: {
    severity: "warning",
    title: "Backlog grows",
    advice: "More comes in than consumers finish: grew by this much in the last 3 minutes.",
    unit: "messages more",
  },
  dead: {
    severity: "warning",
    title: "Dead messages",
    advice: "A policy has given them up and keeps them aside. Look at why under Messages, Dead; " +
      "then kick them back to the consumers, or delete them.",
    unit: "dead",
  },
  noChannel: {
    severity: "warning",
    title: "Topic without a channel",
    advice: "Its messages wait until a first channel is created.",
    unit: "messages",
  },
  paused: {
    severity: "info",
    title: "Paused",
    advice: "Nothing is delivered until it is unpaused.",
    unit: "waiting",
  },
  draining: {
    severity: "info",
    title: "Node drains",
    advice: "It takes no more messages, and ends when all it has is consumed.",
    unit: "waiting",
  },
  outOfDate: {
    severity: "info",
    title: "Node with an older version",
    advice: "Others in the cluster run a newer nsqd.",
    unit: "",
  },
} satisfies Record<string, Kind>;

type KindName = keyof typeof KINDS;

/** All problems, grouped by kind. */
export function findProblems(model: ClusterModel, history: History): ProblemGroup[] {
  const found = new Findings();
  lookAtDaemons(model, found);
  for (const topic of model.topics.values()) {
    lookAtTopic(topic, found);
    for (const channel of topic.channels.values()) {
      if (!isTailChannel(channel.name)) lookAtChannel(topic, channel, history, found);
    }
  }
  return found.groups();
}

class Findings {
  readonly #items = new Map<KindName, ProblemItem[]>();

  add(kind: KindName, item: Partial<ProblemItem>): void {
    const items = this.#items.get(kind) ?? [];
    items.push({ amount: 0, detail: "", ...item });
    this.#items.set(kind, items);
  }

  groups(): ProblemGroup[] {
    const groups: ProblemGroup[] = [];
    for (const kind of Object.keys(KINDS) as KindName[]) {
      const items = this.#items.get(kind);
      if (items === undefined) continue;
      items.sort((a, b) => b.amount - a.amount);
      const count = items.length;
      groups.push({ kind, ...KINDS[kind], count, items: items.slice(0, MAX_ITEMS) });
    }
    return groups;
  }
}

function lookAtDaemons(model: ClusterModel, found: Findings): void {
  const { lookupds, errors } = model.snapshot;
  for (const { address, nodes } of lookupds) {
    if (nodes !== null) continue;
    const reason = errors.find((error) => error.address === address)?.message ?? "";
    found.add("lookupdLost", { node: address, detail: reason });
  }
  const answering = lookupds.filter((lookupd) => lookupd.nodes !== null);
  for (const [name, node] of model.nodes) {
    if (node.error !== "") {
      found.add("nodeLost", {
        node: name,
        detail: node.error,
        amount: node.depth,
        sinceMs: node.answeredAtMs,
      });
    }
    if (node.health !== "" && node.health !== "OK") {
      found.add("nodeSick", { node: name, detail: node.health });
    }
    if (node.isDraining) found.add("draining", { node: name, amount: node.depth });
    if (node.disk && node.disk.freeBytes < node.disk.sizeBytes * LEAST_FREE_SHARE) {
      const megabytes = Math.floor(node.disk.freeBytes / 1e6);
      found.add("diskFull", { node: name, detail: `${megabytes} MB free` });
    }
    if (node.node.out_of_date && node.node.version !== "") {
      found.add("outOfDate", { node: name, detail: node.node.version });
    }
    const without = answering.filter((lookupd) => !lookupd.nodes!.includes(name));
    const isInNone = without.length === answering.length && without.length > 0;
    if (isInNone && node.error === "") found.add("unlisted", { node: name });
    if (without.length > 0 && !isInNone) {
      const names = without.map((lookupd) => lookupd.address).join(", ");
      found.add("lookupdDisagrees", { node: name, detail: `not known to ${names}` });
    }
  }
}

function lookAtTopic(topic: TopicModel, found: Findings): void {
  const { name, figures, channels } = topic;
  if (figures.paused) {
    found.add("paused", { topic: name, amount: figures.depth, detail: "topic" });
  } else if (figures.depth > 0 && channels.size === 0) {
    found.add("noChannel", { topic: name, amount: figures.depth });
  }
}

function lookAtChannel(
  topic: TopicModel,
  channel: ChannelModel,
  history: History,
  found: Findings,
): void {
  const { figures } = channel;
  const names = { topic: topic.name, channel: channel.name };
  const { depth } = figures;
  if ((figures.dead ?? 0) > 0) found.add("dead", { ...names, amount: figures.dead! });
  if (figures.paused) {
    found.add("paused", { ...names, amount: depth, detail: "channel" });
    return;
  }
  if (figures.timeouts > 0) {
    const perSecond = history.recent(names, "timeout", MINUTE_STEPS);
    const count = perSecond.reduce((sum, rate) => sum + rate, 0) * STEP_MS / 1000;
    if (count >= 0.5) found.add("timeouts", { ...names, amount: Math.round(count) });
  }
  if (depth === 0) return;
  if (figures.clients === 0) {
    found.add("noConsumer", { ...names, amount: depth });
    return;
  }
  const depths = history.recent(names, "depth", GROWTH_STEPS);
  const rates = history.recent(names, "publish", STUCK_STEPS - 1);
  const isStuck = figures.inFlight === 0 && isNothingTaken(depths.slice(-STUCK_STEPS), rates);
  if (isStuck) {
    found.add("stuck", { ...names, amount: depth });
    return;
  }
  const growth = (depths.at(-1) ?? 0) - (depths[0] ?? 0);
  if (depths.length === GROWTH_STEPS && growth >= MIN_GROWTH_MESSAGES && isRising(depths)) {
    found.add("growing", {
      ...names,
      amount: growth,
      detail: `${depth.toLocaleString("en-US")} waiting`,
    });
  }
}

/** Whether all that came in is still there. */
function isNothingTaken(depths: readonly number[], rates: readonly number[]): boolean {
  if (depths.length < STUCK_STEPS || rates.length < STUCK_STEPS - 1) return false;
  const came = rates.reduce((sum, rate) => sum + rate, 0) * STEP_MS / 1000;
  return came - (depths.at(-1)! - depths[0]!) < 0.5;
}

/** Whether it rose in each third of the time, so that one burst does not count. */
function isRising(values: readonly number[]): boolean {
  const third = Math.floor(values.length / 3);
  const marks = [values[0]!, values[third]!, values[2 * third]!, values.at(-1)!];
  return marks.every((value, at) => at === 0 || value > marks[at - 1]!);
}
