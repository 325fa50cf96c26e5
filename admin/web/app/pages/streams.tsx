/** The list of streams: the cluster at a glance, and every topic. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Overview, SortKey, TopicRow, Totals } from "../../../console/contract.ts";
import { mayAct } from "../api.ts";
import { Chart } from "../chart.tsx";
import { config, url } from "../config.ts";
import { CreateButton } from "../create.tsx";
import { Depth, Paused } from "../figures.tsx";
import { count, plural, rate, shortCount } from "../format.ts";
import { Empty, Page } from "../layout.tsx";
import { useLive } from "../live.ts";
import { Problems } from "../problems.tsx";
import { navigate } from "../router.ts";
import { Sparkline } from "../sparkline.tsx";
import { type Column, type Sort, Table } from "../table.tsx";

const TYPING_MS = 150;

export function StreamsPage({ query }: { query: URLSearchParams }) {
  const live = useLive<Overview>(url`/api/console/overview` + "?" + query);
  const change = (changes: Record<string, string>, how: "push" | "replace" = "push") =>
    navigate(addressWith(query, changes), how);
  return (
    <Page
      title="Streams"
      live={live}
      aside={mayAct && config.lookupds.length > 0 && <CreateButton onDone={live.refresh} />}
    >
      {(data) => (
        <>
          <TotalsStrip totals={data.totals} />
          <div class="charts">
            <Chart
              title="Messages in"
              unit="/s"
              times={data.history}
              points={data.history.rate}
              colour="rate"
            />
            <Chart
              title="Depth"
              unit=""
              times={data.history}
              points={data.history.depth}
              colour="depth"
            />
          </div>
          <Problems groups={data.problems} />
          <section aria-label="Topics">
            <div class="title tools">
              <h2>Topics</h2>
              <Search query={query} change={change} />
              <span class="muted" role="status">
                {data.matches === data.totals.topics
                  ? plural(data.matches, "topic")
                  : `${count(data.matches)} of ${plural(data.totals.topics, "topic")}`}
              </span>
              <span class="spring" />
              <Pager data={data} change={change} />
            </div>
            <TopicTable data={data} query={query} change={change} />
          </section>
        </>
      )}
    </Page>
  );
}

type Change = (changes: Record<string, string>, how?: "push" | "replace") => void;

function TotalsStrip({ totals }: { totals: Totals }) {
  const items: [label: string, value: string, look?: string][] = [
    ["messages /s", rate(totals.rate)],
    ["waiting", shortCount(totals.depth), totals.depth > 0 ? "strong" : ""],
    ["in flight", shortCount(totals.inFlight)],
    ["deferred", shortCount(totals.deferred)],
    ["messages so far", shortCount(totals.messages)],
    ["topics", shortCount(totals.topics)],
    ["channels", shortCount(totals.channels)],
    ["connections", shortCount(totals.clients)],
    totals.nodesLost === 0
      ? ["nodes", count(totals.nodes)]
      : [`nodes lost, of ${totals.nodes}`, count(totals.nodesLost), "bad"],
  ];
  return (
    <dl class="totals">
      {items.map(([label, value, look]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class={look ?? ""}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The address follows what is typed, so that it can be shared and gone back to. */
function Search({ query, change }: { query: URLSearchParams; change: Change }) {
  const [text, setText] = useState(query.get("q") ?? "");
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => setText(query.get("q") ?? ""), [query.get("q")]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      type="search"
      aria-label="Search topics and channels"
      placeholder="Search topics and channels"
      aria-keyshortcuts="/"
      value={text}
      onInput={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => change({ q: typed, page: "" }, "replace"), TYPING_MS);
      }}
    />
  );
}

function Pager({ data, change }: { data: Overview; change: Change }) {
  const { page, pageSize, matches } = data;
  const pages = Math.ceil(matches / pageSize);
  if (pages <= 1) return null;
  const go = (to: number) => change({ page: to === 1 ? "" : String(to) });
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={page <= 1} onClick={() => go(page - 1)}>← Previous</button>
      <span>page {page} of {pages}</span>
      <button type="button" disabled={page >= pages} onClick={() => go(page + 1)}>Next →</button>
    </nav>
  );
}

function TopicTable(
  { data, query, change }: { data: Overview; query: URLSearchParams; change: Change },
) {
  const sort: Sort = {
    key: query.get("sort") ?? "name",
    isDescending: query.get("order") === "desc",
  };
  const onSort = ({ key, isDescending }: Sort) =>
    change({ sort: key, order: isDescending ? "desc" : "", page: "" });
  if (data.topics.length === 0) {
    return (
      <Empty>
        {query.get("q")
          ? <>No topic or channel has “{query.get("q")}” in its name.</>
          : "No topics yet. The first message published to one creates it."}
      </Empty>
    );
  }
  return (
    <Table
      caption="Topics"
      columns={COLUMNS}
      rows={data.topics}
      rowKey={(row) => row.name}
      sort={sort}
      onSort={onSort}
    />
  );
}

function number(
  key: SortKey & keyof TopicRow,
  label: string,
  hint: string,
): Column<TopicRow> {
  const value = (row: TopicRow) => row[key] as number;
  return { key, label, hint, isNumber: true, value, cell: (row) => count(value(row)) };
}

const COLUMNS: Column<TopicRow>[] = [
  {
    key: "name",
    label: "Topic",
    value: (row) => row.name,
    cell: (row) => (
      <>
        <a href={url`/topics/${row.name}`}>{row.name}</a> <Paused paused={row.paused} />
        {row.nodes === 0 && <span class="tag" title="only lookupd knows it">inactive</span>}
      </>
    ),
  },
  {
    key: "rate",
    label: "Rate /s",
    hint: "messages published per second",
    isNumber: true,
    value: (row) => row.rate,
    cell: (row) => rate(row.rate),
  },
  {
    key: "trend",
    label: "15 min",
    hint: "rate in the last 15 minutes",
    cell: (row) => (
      <Sparkline points={row.trend.rate} label={`rate of ${row.name} in the last 15 minutes`} />
    ),
  },
  {
    key: "depth",
    label: "Depth",
    hint: "messages that wait in the topic and its channels",
    isNumber: true,
    value: (row) => row.depth,
    cell: (row) => <Depth figures={row} />,
  },
  number("inFlight", "In flight", "delivered and not yet finished"),
  number("deferred", "Deferred", "wait for their time"),
  number("messages", "Messages", "since nsqd's start"),
  number("channels", "Channels", ""),
  number("clients", "Connections", "of consumers"),
  number("nodes", "Nodes", "that have the topic"),
];

function addressWith(query: URLSearchParams, changes: Record<string, string>): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  return location.pathname + (next.size === 0 ? "" : `?${next}`);
}
