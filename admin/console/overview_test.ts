import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { Counters } from "./counters.ts";
import { buildModel } from "./build_model.ts";
import { findTopics, readOverviewQuery } from "./overview.ts";
import { type Figures, snapshotOf } from "./testing.ts";

function topicsOf(figures: Figures) {
  return [...buildModel(snapshotOf(figures), new Counters(), 0).topics.values()];
}

const query = (text: string) => readOverviewQuery(new URLSearchParams(text));

const TOPICS = topicsOf({
  "a:4151": {
    orders: [{ depth: 1 }, { archive: { depth: 4 } }],
    emails: [{ depth: 3 }, { Sender: {} }],
    clicks: { depth: 3 },
  },
});

Deno.test("findTopics finds topics by part of their names or of their channels', in any case", () => {
  const find = (text: string) => findTopics(TOPICS, query(text)).map(({ name }) => name);
  deepEqual(find("q=RDE"), ["orders"]);
  deepEqual(find("q=sender"), ["emails"]);
  deepEqual(find("q=nothing"), []);
  deepEqual(find(""), ["clicks", "emails", "orders"]);
});

Deno.test("findTopics sorts, with equals by name", () => {
  const find = (text: string) => findTopics(TOPICS, query(text)).map(({ name }) => name);
  deepEqual(find("sort=depth&order=desc"), ["orders", "clicks", "emails"]);
  deepEqual(find("sort=depth"), ["clicks", "emails", "orders"]);
  deepEqual(find("order=desc"), ["orders", "emails", "clicks"]);
});

Deno.test("findTopics sorts 10,000 topics", () => {
  const topics = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [`topic_${at}`, { depth: at * 7919 % 1000 }]),
  );
  const many = topicsOf({ "a:4151": topics });
  const found = findTopics(many, query("q=topic&sort=depth&order=desc"));
  deepEqual([found.length, found[0]!.figures.depth], [10_000, 999]);
});

Deno.test("readOverviewQuery takes what makes no sense as not said", () => {
  const usual = query("");
  deepEqual(query("sort=constructor&order=up&page=-1"), usual);
  deepEqual(query("page=1e99"), usual);
});
