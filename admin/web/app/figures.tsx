/** Cells and columns that several tables share. */
import type { ComponentChildren } from "preact";
import type {
  ChannelFigures,
  Lacking,
  OldestAge,
  Percentile,
  QueueFigures,
} from "../../console/contract.ts";
import { url } from "./config.ts";
import { count, duration, nanoseconds, ordinal, rate } from "./format.ts";
import { Figure, isOld, lackOf, type Uncertain, Uncertainty } from "./lacking.tsx";
import type { Column } from "./table.tsx";

/** "paused", where it is. */
export function Paused({ paused }: { paused: boolean }) {
  return paused ? <span class="tag warning">paused</span> : null;
}

/** "draining", where it is. */
export function Draining({ isDraining }: { isDraining: boolean }) {
  return isDraining
    ? (
      <span class="tag warning" title="takes no more messages, ends when all is consumed">
        draining
      </span>
    )
    : null;
}

/** Messages that wait, and where. */
export function Depth({ figures }: { figures: QueueFigures & Uncertain }) {
  const { depth, memoryDepth, backendDepth } = figures;
  return (
    <>
      <span class={depth > 0 ? "strong" : ""}>
        <Figure row={figures} value={depth} of="depth" />
      </span>
      {backendDepth > 0 && figures.lost?.sinceMs !== 0 && (
        <span
          class="sub"
          title={`${count(memoryDepth)} in memory + ${count(backendDepth)} on disk`}
        >
          {count(backendDepth)} on disk
        </span>
      )}
    </>
  );
}

/** The sum under a column, with what it lacks. */
function totalOf(value: number, lacking: Lacking | null, of: keyof Lacking["last"]) {
  if (lacking === null) return count(value);
  return (
    <>
      {count(value)}
      <span class="sub lack">{lackOf(lacking, of)}</span>
    </>
  );
}

/**
 * Depth, memory and disk: for topics and channels alike.
 *
 * @param lacking what `total` lacks
 */
export function depthColumns<Row extends QueueFigures & Uncertain>(
  total: QueueFigures,
  lacking: Lacking | null = null,
): Column<Row>[] {
  const split = (row: QueueFigures & Uncertain) =>
    row.lost?.sinceMs === 0 || isOld(row) && !row.lost
      ? "–"
      : `${count(row.memoryDepth)} + ${count(row.backendDepth)}`;
  return [
    {
      key: "depth",
      label: "Depth",
      hint: "messages that wait",
      isNumber: true,
      value: (row) => row.depth,
      cell: (row) => <Depth figures={row} />,
      total: totalOf(total.depth, lacking, "depth"),
    },
    {
      key: "split",
      label: "Memory + disk",
      isNumber: true,
      isExtra: true,
      cell: split,
      total: split(total),
    },
  ];
}

/** What only channels have. */
export function channelColumns<Row extends ChannelFigures & Uncertain>(
  total: ChannelFigures | null,
): Column<Row>[] {
  const column = (
    key: "inFlight" | "deferred" | "requeues" | "timeouts",
    label: string,
    hint: string,
  ): Column<Row> => ({
    key,
    label,
    hint,
    isNumber: true,
    value: (row) => row[key],
    cell: (row) => <Figure row={row} value={row[key]} of={key} />,
    total: total && count(total[key]),
  });
  return [
    column("inFlight", "In flight", "delivered and not yet finished"),
    column("deferred", "Deferred", "wait for their time"),
    column("requeues", "Requeued", "since nsqd's start"),
    column("timeouts", "Timed out", "since nsqd's start"),
  ];
}

const FATES = [
  { key: "dead", label: "Dead", hint: "kept aside as dead" },
  { key: "expired", label: "Expired", hint: "too old, since nsqd's start" },
  { key: "rejected", label: "Rejected", hint: "not taken, as there was no room" },
  { key: "dropped", label: "Dropped", hint: "made room for newer ones, or emptied or deleted" },
  { key: "skipped", label: "Skipped", hint: "passed over, as the channel was sent elsewhere" },
] as const;

/** What became of messages that were not finished: only where there is something of it. */
export function deadColumns<Row extends ChannelFigures>(
  rows: readonly Row[],
  total: ChannelFigures | null,
): Column<Row>[] {
  return FATES.filter(({ key }) => rows.some((row) => (row[key] ?? 0) > 0))
    .map(({ key, label, hint }) => ({
      key,
      label,
      hint,
      isNumber: true,
      value: (row) => row[key] ?? 0,
      cell: (row) =>
        key === "dead" && (row.dead ?? 0) > 0
          ? <span class="tag dead">{count(row.dead ?? 0)}</span>
          : row[key] === null
          ? "–"
          : count(row[key]),
      total: total && count(total[key] ?? 0),
    }));
}

/** How old the oldest waiting message is, as far as that is known. */
export function Oldest({ oldest }: { oldest: OldestAge | null }) {
  if (oldest === null) return <>–</>;
  const { ms, how } = oldest;
  const { sign, hint } = AGES[how];
  return <span title={hint}>{sign}{duration(Math.round(ms / 1000) * 1000)}</span>;
}

const AGES = {
  said: { sign: "", hint: "as the broker says" },
  estimated: {
    sign: "≈ ",
    hint: "estimated: so long ago as many came in as wait now (this broker does not say it)",
  },
  least: { sign: "> ", hint: "more has come in earlier than the console knows of" },
};

/** Messages so far, and how many come now. */
export function messageColumns<Row extends QueueFigures & Uncertain>(
  total: QueueFigures | null,
): Column<Row>[] {
  return [
    {
      key: "messages",
      label: "Messages",
      hint: "since nsqd's start",
      isNumber: true,
      value: (row) => row.messages,
      cell: (row) => <Figure row={row} value={row.messages} of="messages" />,
      total: total && count(total.messages),
    },
    {
      key: "rate",
      label: "Rate /s",
      isNumber: true,
      value: (row) => row.rate ?? -1,
      cell: (row) => isOld(row) ? "–" : rate(row.rate),
      total: total && rate(total.rate),
    },
  ];
}

/** Processing latency, one column for each percentile that is measured. */
export function latencyColumns<Row extends QueueFigures>(
  rows: readonly Row[],
  total: QueueFigures | null,
): Column<Row>[] {
  const quantiles = [...new Set(rows.flatMap((row) => row.latency.map((each) => each.quantile)))]
    .sort((a, b) => a - b);
  const find = (list: Percentile[], quantile: number) =>
    list.find((each) => each.quantile === quantile);
  return quantiles.map((quantile) => ({
    key: `latency ${quantile}`,
    label: `${ordinal(quantile)} e2e`,
    hint: `end-to-end processing latency, ${ordinal(quantile)} percentile`,
    isNumber: true,
    value: (row) => find(row.latency, quantile)?.averageNs ?? 0,
    cell: (row) => <Latency percentile={find(row.latency, quantile)} />,
    total: <Latency percentile={find(total?.latency ?? [], quantile)} />,
  }));
}

function Latency({ percentile }: { percentile: Percentile | undefined }) {
  if (percentile === undefined) return null;
  if (percentile.maxNs === 0) return <span title="nothing measured lately">–</span>;
  const { minNs, averageNs, maxNs } = percentile;
  return (
    <span title={`min ${nanoseconds(minNs)}, max ${nanoseconds(maxNs)}`}>
      {nanoseconds(averageNs)}
    </span>
  );
}

/**
 * How near the consumers are that deliveries went to; only where topology is used. nsqd counts all
 * deliveries as far ones where it is not.
 *
 * @param isUsed whether some consumer says where it is
 */
export function deliveryColumns<Row extends ChannelFigures>(
  rows: readonly Row[],
  isUsed: boolean,
): Column<Row>[] {
  const isNear = rows.some(({ delivered }) =>
    delivered !== null && delivered[0] + delivered[1] > 0
  );
  if (!isNear && (!isUsed || rows.every((row) => row.delivered === null))) return [];
  return [{
    key: "delivery",
    label: "Zone / region / other",
    hint: "where deliveries went",
    isNumber: true,
    cell: ({ delivered }) => delivered && <Delivery delivered={delivered} />,
  }];
}

function Delivery({ delivered }: { delivered: [number, number, number] }) {
  const sum = delivered[0] + delivered[1] + delivered[2];
  const shares = delivered.map((each) => `${Math.round(each / sum * 100)}%`);
  return <span title={delivered.map(count).join(" / ")}>{shares.join(" / ")}</span>;
}

/** The link to a channel, as the first column of a table of a topic's channels. */
export function channelNameColumn<Row extends { name: string; paused: boolean } & Uncertain>(
  topic: string,
): Column<Row> {
  return {
    key: "name",
    label: "Channel",
    value: (row) => row.name,
    cell: (row) => (
      <>
        <a href={url`/topics/${topic}/${row.name}`}>{row.name}</a> <Paused paused={row.paused} />
        {" "}
        <Uncertainty row={row} />
      </>
    ),
  };
}

/** The link to a node, as the first column of a table that ends with a total. */
export function nodeColumn<
  Row extends { node: string; hostname: string; paused: boolean; isDraining: boolean } & Uncertain,
>(
  tagsOf: (row: Row) => ComponentChildren = () => null,
): Column<Row> {
  return {
    key: "node",
    label: "Node",
    value: (row) => row.node,
    cell: (row) => (
      <>
        <a href={url`/nodes/${row.node}`}>{row.node}</a>{" "}
        {!row.node.startsWith(row.hostname) && <span class="muted">{row.hostname}</span>}{" "}
        <Paused paused={row.paused} /> <Draining isDraining={row.isDraining} />{" "}
        <Uncertainty row={row} />
        {tagsOf(row)}
      </>
    ),
    total: "Total",
  };
}
