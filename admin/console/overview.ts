/** The list of streams: searched, sorted and cut into pages here, so that 10,000 topics stay quick. */
import {
  type Envelope,
  type HistoryView,
  type Overview,
  SORT_KEYS,
  type SortKey,
  type TopicRow,
} from "./contract.ts";
import type { Look } from "./collector.ts";
import { durableFigures } from "./figures.ts";
import { clusterLacking, heldDepth, topicLacking } from "./lost.ts";
import { joinHostPort } from "../../lib/net/host_port.ts";
import { type ClusterModel, type TopicModel, totalDepth } from "./model.ts";
import { isTailChannel } from "./tail_channel.ts";

/** Topics on one page. */
const PAGE_SIZE = 50;

/** Which topics are wanted. */
export interface OverviewQuery {
  /** Part of the name of the topic or of one of its channels, in any letter case. */
  search: string;
  sort: SortKey;
  isDescending: boolean;
  /** From 1. */
  page: number;
}

/** Reads the query of a request; what makes no sense is the default. */
export function readOverviewQuery(query: URLSearchParams): OverviewQuery {
  const sort = query.get("sort") as SortKey;
  const page = Number(query.get("page"));
  return {
    search: (query.get("q") ?? "").trim().toLowerCase(),
    sort: SORT_KEYS.includes(sort) ? sort : "name",
    isDescending: query.get("order") === "desc",
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** One page of the topics, with what is said above them. */
export function overviewOf(
  look: Look,
  query: OverviewQuery,
  envelope: Envelope & { history: HistoryView },
): Overview {
  const { model, history, problems } = look;
  const found = findTopics([...model.topics.values()], query);
  const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
  const page = Math.min(query.page, pages);
  const shown = found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
  return {
    ...envelope,
    totals: model.totals,
    lacking: clusterLacking(model),
    problems,
    topics: shown.map((topic) => ({
      ...rowOf(topic),
      trend: history.trend({ topic: topic.name }),
    })),
    matches: found.length,
    page,
    pageSize: PAGE_SIZE,
    example: exampleOf(model),
  };
}

function exampleOf({ nodes }: ClusterModel): Overview["example"] {
  const node = [...nodes.values()].find(({ error }) => error === "")?.node;
  if (node === undefined) return null;
  const { broadcast_address: host, http_port, tcp_port } = node;
  return { http: joinHostPort(host, http_port), tcp: joinHostPort(host, tcp_port) };
}

/** The topics that match, in order. Equal ones are in the order of their names. */
export function findTopics(topics: readonly TopicModel[], query: OverviewQuery): TopicModel[] {
  const { search, sort, isDescending } = query;
  const found = search === "" ? [...topics] : topics.filter((topic) => matches(topic, search));
  const sign = isDescending ? -1 : 1;
  const byName = (a: TopicModel, b: TopicModel) => a.name < b.name ? -1 : 1;
  if (sort === "name") return found.sort((a, b) => sign * byName(a, b));
  const values = new Map(found.map((topic) => [topic, VALUES[sort](topic)]));
  return found.sort((a, b) => sign * (values.get(a)! - values.get(b)!) || byName(a, b));
}

const VALUES: Record<Exclude<SortKey, "name">, (topic: TopicModel) => number> = {
  rate: (topic) => topic.figures.rate ?? -1,
  depth: heldDepth,
  inFlight: (topic) => topic.inFlight,
  deferred: (topic) => topic.deferred,
  messages: (topic) => topic.figures.messages,
  channels: channelCount,
  clients: (topic) => topic.clients,
  nodes: (topic) => topic.parts.length,
};

/** Without those of live tails, which come and go. */
function channelCount({ channels }: TopicModel): number {
  let count = 0;
  for (const name of channels.keys()) if (!isTailChannel(name)) count++;
  return count;
}

function matches({ name, channels }: TopicModel, search: string): boolean {
  if (name.toLowerCase().includes(search)) return true;
  for (const channel of channels.keys()) if (channel.toLowerCase().includes(search)) return true;
  return false;
}

function rowOf(topic: TopicModel): Omit<TopicRow, "trend"> {
  const { name, figures, inFlight, deferred, clients, channels, parts } = topic;
  const depth = totalDepth(topic);
  let backendDepth = figures.backendDepth;
  for (const channel of channels.values()) backendDepth += channel.figures.backendDepth;
  return {
    ...figures,
    name,
    depth,
    ownDepth: figures.depth,
    backendDepth,
    memoryDepth: depth - backendDepth,
    inFlight,
    deferred,
    clients,
    channels: channelCount(topic),
    nodes: parts.length,
    journalBytes: durableFigures(parts.map(({ stats }) => stats))?.journalBytes ?? null,
    lacking: topicLacking(topic),
  };
}
