/** The list of streams: the cluster at a glance, and every topic. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type {
  LastFigures,
  Overview,
  SortKey,
  TopicRow,
  Totals,
} from "../../../console/contract.ts";
import { mayAct } from "../api.ts";
import { BulkBar, type Target } from "../bulk.tsx";
import { config, url } from "../config.ts";
import { CreateButton } from "../create.tsx";
import { Depth, Paused } from "../figures.tsx";
import { bytes, count, plural, rate, shortCount } from "../format.ts";
import { FirstRun } from "../first_run.tsx";
import { FlowCharts } from "../flow_charts.tsx";
import { Figure, isOld, LackNote, Sum, Uncertainty } from "../lacking.tsx";
import { Empty, Page } from "../layout.tsx";
import { useLive } from "../live.ts";
import { Problems } from "../problems.tsx";
import { useRanged } from "../range.tsx";
import { navigate } from "../router.ts";
import { SearchBox } from "../search_box.tsx";
import { useSelection } from "../selection.ts";
import { Sparkline } from "../sparkline.tsx";
import { type Column, type Sort, Table } from "../table.tsx";

const TYPING_MS = 150;

export function StreamsPage({ query }: { query: URLSearchParams }) {
  const live = useLive<Overview>(useRanged(url`/api/console/overview` + "?" + query));
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
          <TotalsStrip data={data} />
          {data.totals.nodes > data.totals.nodesLost && (
            <LackNote lacking={data.lacking} depth={data.totals.depth} />
          )}
          {!isNew(data) && <FlowCharts history={data.history} held={data.lacking?.last.depth} />}
          <Problems groups={data.problems} refresh={live.refresh} />
          <section aria-label="Topics">
            <div class="title tools">
              <h2>Topics</h2>
              <Search query={query} change={change} />
              <span class="muted" role="status">
                {matchesOf(data)}
              </span>
              <span class="spring" />
              <Pager data={data} change={change} />
            </div>
            <TopicTable data={data} query={query} change={change} refresh={live.refresh} />
          </section>
        </>
      )}
    </Page>
  );
}

type Change = (changes: Record<string, string>, how?: "push" | "replace") => void;

function matchesOf({ matches, totals, listing }: Overview): string {
  if (totals.topics === 0 && listing.state === "unknown") return "not known how many";
  return matches === totals.topics
    ? plural(matches, "topic")
    : `${count(matches)} of ${plural(totals.topics, "topic")}`;
}

function TotalsStrip({ data: { totals, lacking, listing } }: { data: Overview }) {
  const answering = totals.nodes - totals.nodesLost;
  const isUnknown = listing.state === "unknown" && totals.nodes === 0;
  const sum = (key: keyof LastFigures & keyof Totals) =>
    isUnknown ? "?" : (
      <Sum
        value={totals[key]}
        of={key}
        lacking={lacking}
        nodes={answering}
        format={shortCount}
      />
    );
  const listed = (value: number) => isUnknown ? "?" : shortCount(value);
  const rateNow = lacking === null ? rate(totals.rate) : answering === 0 ? "?" : (
    <>
      {rate(totals.rate)} <span class="sub lack">+ ?</span>
    </>
  );
  const items: [label: string, value: ComponentChildren, look?: string][] = [
    ["messages /s", isUnknown ? "?" : rateNow],
    ["waiting", sum("depth"), totals.depth > 0 ? "strong" : ""],
    ["in flight", sum("inFlight")],
    ["deferred", sum("deferred")],
    ["messages so far", sum("messages")],
    ["topics", listed(totals.topics)],
    ["channels", listed(totals.channels)],
    ["connections", sum("clients")],
    totals.nodesLost === 0
      ? ["nodes", isUnknown ? "?" : count(totals.nodes)]
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
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(query.get("q") ?? ""), [query.get("q")]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <SearchBox
      label="Search topics and channels"
      value={text}
      onSearch={(typed) => {
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
  { data, query, change, refresh }: {
    data: Overview;
    query: URLSearchParams;
    change: Change;
    refresh(): void;
  },
) {
  const selection = useSelection();
  const sort: Sort = {
    key: query.get("sort") ?? "name",
    isDescending: query.get("order") === "desc",
  };
  const onSort = ({ key, isDescending }: Sort) =>
    change({ sort: key, order: isDescending ? "desc" : "", page: "" });
  if (data.topics.length === 0) {
    if (isNew(data)) return <FirstRun example={data.example} />;
    return <Empty>{whyNone(data, query.get("q") ?? "")}</Empty>;
  }
  const targets = data.topics.filter(({ name }) => selection.has(name)).map((row): Target => ({
    topic: row.name,
    messages: row.depth + row.inFlight + row.deferred,
    ownMessages: row.ownDepth,
  }));
  return (
    <>
      <BulkBar
        targets={targets}
        deeds={["pause", "unpause", "empty", "delete"]}
        onDone={refresh}
        clear={selection.clear}
      />
      <Table
        caption="Topics"
        name="topics"
        columns={columnsOf(data.topics)}
        rows={data.topics}
        rowKey={(row) => row.name}
        sort={sort}
        onSort={onSort}
        selection={mayAct ? selection : undefined}
      />
    </>
  );
}

/** Whether nothing has ever been here, as far as all who could know it say. */
function isNew({ totals, listing }: Overview): boolean {
  return totals.topics === 0 && totals.nodesLost === 0 && listing.state === "fresh" &&
    listing.silent.length === 0;
}

/** Nobody is told that there is nothing where it is not known. */
function whyNone({ listing, totals, matches }: Overview, search: string): string {
  if (search !== "" && totals.topics > 0 && matches === 0) {
    return `No topic or channel that is known has “${search}” in its name.`;
  }
  if (listing.state === "unknown") {
    return "Not known which topics there are: no lookupd has answered since the console started.";
  }
  if (listing.state === "stale") return "No topics were known when a lookupd answered last.";
  if (totals.nodesLost > 0) return "No topics are known; not all nodes answer.";
  return "No topics yet. The first message published to one creates it.";
}

function number(
  key: SortKey & keyof TopicRow,
  label: string,
  hint: string,
): Column<TopicRow> {
  const value = (row: TopicRow) => row[key] as number;
  return { key, label, hint, isNumber: true, value, cell: (row) => count(value(row)) };
}

/** A sum over nodes, which may lack some. */
function summed(
  key: SortKey & keyof TopicRow & keyof LastFigures,
  label: string,
  hint: string,
): Column<TopicRow> {
  return {
    ...number(key, label, hint),
    cell: (row) => <Figure row={row} value={row[key]} of={key} />,
  };
}

const COLUMNS: Column<TopicRow>[] = [
  {
    key: "name",
    label: "Topic",
    value: (row) => row.name,
    cell: (row) => (
      <>
        <a href={url`/topics/${row.name}`}>{row.name}</a> <Paused paused={row.paused} />
        {row.journalBytes !== null && <span class="tag">durable</span>}
        {row.nodes === 0 && row.lacking === null && (
          <span class="tag" title="only lookupd knows it">inactive</span>
        )}
        <Uncertainty row={row} />
      </>
    ),
  },
  {
    key: "rate",
    label: "Rate /s",
    hint: "messages published per second",
    isNumber: true,
    value: (row) => row.rate ?? -1,
    cell: (row) => isOld(row) ? "–" : rate(row.rate),
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
  summed("inFlight", "In flight", "delivered and not yet finished"),
  summed("deferred", "Deferred", "wait for their time"),
  summed("messages", "Messages", "since nsqd's start"),
  number("channels", "Channels", ""),
  summed("clients", "Connections", "of consumers"),
  {
    ...number("nodes", "Nodes", "that have the topic"),
    cell: ({ nodes, lacking }) => (
      <>
        {count(nodes)}
        {lacking !== null && <span class="sub lack">+ {count(lacking.nodes.length)} lost</span>}
      </>
    ),
  },
];

/** What only some clusters have is a column only there. */
function columnsOf(rows: readonly TopicRow[]): Column<TopicRow>[] {
  if (rows.every(({ journalBytes }) => journalBytes === null)) return COLUMNS;
  return [...COLUMNS, {
    key: "journal",
    label: "Journal",
    hint: "what durable topics keep on disk",
    isNumber: true,
    cell: ({ journalBytes }) => journalBytes === null ? null : bytes(journalBytes),
  }];
}

function addressWith(query: URLSearchParams, changes: Record<string, string>): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  return location.pathname + (next.size === 0 ? "" : `?${next}`);
}
