import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import { nodeFromInfo } from "../../cluster/node.ts";
import { topicStatsFrom } from "../../cluster/stats.ts";
import { figuresOf, type Look } from "./figures.ts";
import { History, sparkline } from "./history.ts";
import { textOf } from "./line.ts";
import { screenLines, type Size } from "./screen.ts";
import { firstState } from "./state.ts";
import { matches, shortNumber, sorted, type ViewName, VIEWS } from "./views.ts";

const ORIGIN = { hostname: "n", topologyRegion: "", topologyZone: "", nowMs: 0 };

/** What a cluster of one node says. */
function look(atMs: number, topics: unknown[]): Look {
  return lookAt(atMs, { "n:1": topics });
}

/** What the nodes say, "host:port" of each; null: no answer. */
function lookAt(atMs: number, nodes: Record<string, unknown[] | null>): Look {
  const names = Object.keys(nodes);
  const answering = names.filter((name) => nodes[name] !== null);
  const snapshot: ClusterSnapshot = {
    lookupds: [],
    nodes: names.map((name) => {
      const [hostname = "", port] = name.split(":");
      return nodeFromInfo({}, { hostname, port: Number(port) }, []);
    }),
    addresses: new Map(names.map((name) => [name, name])),
    health: answering.map((node) => ({ node, version: "1.3.0", health: "OK", start_time: 0 })),
    topics: [],
    stats: answering.flatMap((node) =>
      topicStatsFrom({ topics: nodes[node] }, { ...ORIGIN, node })
    ),
    errors: [],
  };
  return { snapshot, atMs };
}

function topic(messages: number, channel: Record<string, unknown>) {
  return {
    topic_name: "t",
    message_count: messages,
    channels: [{ channel_name: "c", ...channel }],
  };
}

Deno.test("figuresOf makes rates of what has grown, and none of what is new or began anew", () => {
  const first = look(0, [topic(100, { message_count: 100, depth: 10, requeue_count: 5 })]);
  const second = look(2000, [
    topic(300, { message_count: 300, depth: 20, requeue_count: 1 }),
    { topic_name: "new", message_count: 50, channels: [] },
  ]);
  const { channels, topics, nodes } = figuresOf(second, first);
  deepEqual(
    channels.map((row) => [row.topic, row.channel, row.in, row.out, row.requeued]),
    [["t", "c", 100, 95, 0], ["new", "", 0, 0, 0]],
  );
  deepEqual(topics.map((row) => [row.topic, row.in]), [["t", 100], ["new", 0]]);
  deepEqual(nodes.map((row) => [row.node, row.in, row.topics, row.state]), [["n:1", 125, 2, ""]]);
});

Deno.test("figuresOf takes no node that was away for a burst", () => {
  const at = (count: number) => [topic(count, { message_count: count })];
  const looks = [
    lookAt(0, { "n:1": at(100), "m:1": at(5000) }),
    lookAt(1000, { "n:1": at(110), "m:1": null }),
    lookAt(2000, { "n:1": at(120), "m:1": at(6000) }),
    lookAt(3000, { "n:1": at(130), "m:1": at(6005) }),
  ];
  const rates = [1, 2, 3].map((now) => {
    const { channels, topics, nodes } = figuresOf(looks[now]!, looks[now - 1]);
    return [channels[0]!.in, channels[0]!.out, topics[0]!.in, ...nodes.map((node) => node.in)];
  });
  deepEqual(rates, [[10, 10, 10, 10, 0], [10, 10, 10, 10, 0], [15, 15, 15, 10, 5]]);
});

Deno.test("sorted puts large numbers first and names in order, matches looks at names only", () => {
  const view = VIEWS.topics;
  const rows = [
    { topic: "b", in: 1, state: "" },
    { topic: "c", in: 5, state: "paused" },
    { topic: "a", in: 1, state: "" },
  ];
  const names = (sort: string, isReversed: boolean) =>
    sorted(view, rows, { sort, isReversed }).map((row) => row.topic).join("");
  equal(names("in", false), "cab");
  equal(names("in", true), "abc");
  equal(names("topic", false), "abc");
  equal(names("topic", true), "cba");
  deepEqual(rows.filter((row) => matches(view, row, "PAUSED")).map((row) => row.topic), ["c"]);
  equal(matches(view, rows[0]!, "1"), false);
});

Deno.test("shortNumber is short", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [0.5, "0.5"],
    [12.4, "12"],
    [99_999, "99999"],
    [100_000, "100k"],
    [1_234_567, "1.23M"],
    [45_600_000_000, "45.6G"],
  ];
  for (const [value, text] of cases) equal(shortNumber(value), text);
});

/** What is on a screen of that size. */
function screen(now: Look, view: ViewName, size: Size, history = new History()): string[] {
  const figures = figuresOf(now, undefined);
  const around = { snapshot: now.snapshot, figures, history, notice: "" };
  return screenLines(around, firstState(view, "", ""), size).map(textOf);
}

Deno.test("screenLines fits the screen, and shows no control characters of clients", () => {
  const clients = [{ client_id: "evil\x1b[2J", remote_address: "1.2.3.4:5", user_agent: "a\nb" }];
  const now = look(0, [topic(1, { clients })]);
  for (const size of [{ columns: 40, rows: 8 }, { columns: 200, rows: 3 }]) {
    const lines = screen(now, "clients", size);
    equal(lines.length, size.rows);
    ok(lines.every((text) => [...text].length <= size.columns));
    // deno-lint-ignore no-control-regex
    ok(lines.every((text) => !/[\x00-\x1f]/.test(text)));
  }
  const [first, , heading, row] = screen(now, "clients", { columns: 200, rows: 24 });
  match(first!, /^1 node +1 topic +1 channel/);
  match(heading!, /out▼/);
  match(row!, /^evil\\x1b\[2J +1\.2\.3\.4:5 +t +c /);
});

Deno.test("columns that do not fit are left out, the least important first; wide screens chart the past", () => {
  const long = "a-topic-whose-name-is-rather-long";
  const now = look(0, [{ ...topic(7, { message_count: 7, depth: 7 }), topic_name: long }]);
  const figures = figuresOf(now, undefined);
  const history = new History();
  for (const depth of [0, 1, 4, 8]) {
    history.add({ ...figures, channels: [{ ...figures.channels[0]!, depth }] });
  }
  const at = (columns: number) => screen(now, "channels", { columns, rows: 6 }, history);
  const [, , narrow = "", cutRow = ""] = at(80);
  match(narrow, /^topic +channel +in +out +depth▼ +.*clients +state *$/);
  ok(!narrow.includes("memory") && cutRow.includes("…"), narrow);
  const [, , medium = "", charted = ""] = at(130);
  ok(!medium.includes("memory") && /depth *$/.test(medium), medium);
  match(charted, / {2,}▁▂▅█$/);
  const [, , wide = "", whole = ""] = at(200);
  ok(wide.includes("memory") && whole.startsWith(long), whole);
});

Deno.test("a lost node is red, wherever one looks", () => {
  const now = lookAt(0, { "n:1": [], "m:1": null });
  const around = {
    snapshot: now.snapshot,
    figures: figuresOf(now, undefined),
    history: new History(),
    notice: "",
  };
  const lines = screenLines(around, firstState("nodes", "", ""), { columns: 100, rows: 8 });
  deepEqual(lines[0]![0], { text: "1 node lost", style: "bad" });
  const row = lines.find((each) => textOf(each).startsWith("m:1"))!;
  match(textOf(row), /no answer/);
  ok(row.every(({ style }) => style === "marked bad"), "it is the first, and so it is marked");
});

Deno.test("sparkline is as wide as it is told, and shows the newest values", () => {
  equal(sparkline([0, 0], 4), "  ▁▁");
  equal(sparkline([9, 0, 4, 8], 3), "▁▅█");
});

Deno.test("screenLines shows as many figures of the cluster as fit, each whole", () => {
  const topics = Array.from({ length: 12 }, (_, at) => ({
    topic_name: `t${at}`,
    message_count: 12_345_678,
    depth: 4_000_000,
    channels: [{ channel_name: "c", depth: 1_234_567, message_count: 99_999 }],
  }));
  const now = look(0, topics);
  const around = {
    snapshot: now.snapshot,
    figures: figuresOf(now, undefined),
    history: new History(),
    notice: "",
  };
  const first = (columns: number) =>
    textOf(screenLines(around, firstState("channels", "", ""), { columns, rows: 8 })[0]!);
  match(first(200), / waiting {3}\d+ in flight$/);
  const whole = first(200).split(/ {2,}/);
  for (const columns of [130, 80, 60, 40]) {
    const shown = first(columns).split(/ {2,}/);
    ok(first(columns).length <= columns);
    deepEqual(shown, whole.slice(0, shown.length), `${columns} columns`);
  }
  ok(first(80).split(/ {2,}/).length > 5);
});
