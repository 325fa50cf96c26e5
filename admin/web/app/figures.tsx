/** Cells and columns that several tables share. */
import type { ComponentChildren } from "preact";
import type { ChannelFigures, Percentile, QueueFigures } from "../../console/contract.ts";
import { url } from "./config.ts";
import { count, nanoseconds, ordinal, plural, rate } from "./format.ts";
import type { Column } from "./table.tsx";

/** "paused", where it is. */
export function Paused({ paused }: { paused: boolean }) {
  return paused ? <span class="tag warning">paused</span> : null;
}

/** Messages that wait, and where. */
export function Depth({ figures }: { figures: QueueFigures }) {
  const { depth, memoryDepth, backendDepth } = figures;
  return (
    <>
      <span class={depth > 0 ? "strong" : ""}>{count(depth)}</span>
      {backendDepth > 0 && (
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

/** Depth, memory and disk: for topics and channels alike. */
export function depthColumns<Row extends QueueFigures>(total: QueueFigures): Column<Row>[] {
  const split = (row: QueueFigures) => `${count(row.memoryDepth)} + ${count(row.backendDepth)}`;
  return [
    {
      key: "depth",
      label: "Depth",
      hint: "messages that wait",
      isNumber: true,
      value: (row) => row.depth,
      cell: (row) => <span class={row.depth > 0 ? "strong" : ""}>{count(row.depth)}</span>,
      total: count(total.depth),
    },
    {
      key: "split",
      label: "Memory + disk",
      isNumber: true,
      cell: split,
      total: split(total),
    },
  ];
}

/** What only channels have. */
export function channelColumns<Row extends ChannelFigures>(
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
    cell: (row) => count(row[key]),
    total: total && count(total[key]),
  });
  return [
    column("inFlight", "In flight", "delivered and not yet finished"),
    column("deferred", "Deferred", "wait for their time"),
    column("requeues", "Requeued", "since nsqd's start"),
    column("timeouts", "Timed out", "since nsqd's start"),
  ];
}

/** Messages so far, and how many come now. */
export function messageColumns<Row extends QueueFigures>(
  total: QueueFigures | null,
): Column<Row>[] {
  return [
    {
      key: "messages",
      label: "Messages",
      hint: "since nsqd's start",
      isNumber: true,
      value: (row) => row.messages,
      cell: (row) => count(row.messages),
      total: total && count(total.messages),
    },
    {
      key: "rate",
      label: "Rate /s",
      isNumber: true,
      value: (row) => row.rate,
      cell: (row) => rate(row.rate),
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

/** How near the consumers are that deliveries went to; only where nsqd counts it. */
export function deliveryColumns<Row extends ChannelFigures>(rows: readonly Row[]): Column<Row>[] {
  if (rows.every((row) => row.delivered === null)) return [];
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

/** What is lost when these messages go, in words. */
export function lossOf(figures: { depth: number; inFlight?: number; deferred?: number }): string {
  const parts = [`${plural(figures.depth, "message")} waiting`];
  if (figures.inFlight) parts.push(`${count(figures.inFlight)} in flight`);
  if (figures.deferred) parts.push(`${count(figures.deferred)} deferred`);
  return parts.join(", ");
}

/** The link to a channel, as the first column of a table of a topic's channels. */
export function channelNameColumn<Row extends { name: string; paused: boolean }>(
  topic: string,
): Column<Row> {
  return {
    key: "name",
    label: "Channel",
    value: (row) => row.name,
    cell: (row) => (
      <>
        <a href={url`/topics/${topic}/${row.name}`}>{row.name}</a> <Paused paused={row.paused} />
      </>
    ),
  };
}

/** The link to a node, as the first column of a table that ends with a total. */
export function nodeColumn<Row extends { node: string; hostname: string; paused: boolean }>(
  tagsOf: (row: Row) => ComponentChildren = () => null,
): Column<Row> {
  return {
    key: "node",
    label: "nsqd host",
    value: (row) => row.node,
    cell: (row) => (
      <>
        <a href={url`/nodes/${row.node}`}>{row.node}</a>{" "}
        {!row.node.startsWith(row.hostname) && <span class="muted">{row.hostname}</span>}{" "}
        <Paused paused={row.paused} />
        {tagsOf(row)}
      </>
    ),
    total: "Total",
  };
}
