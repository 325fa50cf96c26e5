/** All nsqds. */
import type { NodeRow, NodesView } from "../../../console/contract.ts";
import { url } from "../config.ts";
import { Draining } from "../figures.tsx";
import { bytes, count, duration, plural, rate } from "../format.ts";
import { Figure, type Uncertain, Uncertainty } from "../lacking.tsx";
import { Empty, Page } from "../layout.tsx";
import { nowMs, useLive } from "../live.ts";
import { Sparkline } from "../sparkline.tsx";
import { type Column, Table } from "../table.tsx";

/** As the problems panel has it. */
const LITTLE_SHARE = 0.1;

export function NodesPage() {
  const live = useLive<NodesView>(url`/api/console/nodes`);
  return (
    <Page
      title="Nodes"
      live={live}
      aside={live.data && <span class="muted">{howMany(live.data)}</span>}
    >
      {(view) =>
        view.nodes.length === 0 ? <Empty>{whyNone(view)}</Empty> : (
          <Table<NodeRow>
            caption="Nodes"
            name="nodes"
            rows={view.nodes}
            rowKey={(row) => row.node}
            rowClass={(row) => row.error === "" ? "" : "lost"}
            columns={columnsOf(view)}
          />
        )}
    </Page>
  );
}

function howMany({ nodes, listing }: NodesView): string {
  const isUnknown = nodes.length === 0 && listing.state === "unknown";
  return isUnknown ? "not known how many" : plural(nodes.length, "nsqd");
}

function whyNone({ listing }: NodesView): string {
  switch (listing.state) {
    case "unknown":
      return "Not known which nodes there are: no lookupd has answered since the console started.";
    case "stale":
      return "No nodes were listed when a lookupd answered last.";
    case "fresh":
      return listing.silent.length === 0
        ? "No nodes: no nsqd is registered with lookupd."
        : "No nodes are known; not all lookupds answer.";
  }
}

function columnsOf({ nodes, lookupds, listing: { silent } }: NodesView): Column<NodeRow>[] {
  const text = (key: "hostname" | "version" | "region" | "zone", label: string) => ({
    key,
    label,
    value: (row: NodeRow) => row[key],
    cell: (row: NodeRow) => row[key],
  });
  const number = (
    key: "tcpPort" | "httpPort" | "topics" | "depth" | "clients" | "messages",
    label: string,
    format = count,
  ) => ({
    key,
    label,
    isNumber: true,
    value: (row: NodeRow) => row[key],
    cell: (row: NodeRow) =>
      key === "tcpPort" || key === "httpPort"
        ? format(row[key])
        : <Figure row={uncertaintyOf(row)} value={row[key]} of="messages" format={format} />,
  });
  return [
    {
      key: "node",
      label: "Node",
      value: (row) => row.node,
      cell: (row) => (
        <>
          <a href={url`/nodes/${row.node}`}>{row.node}</a> <Health row={row} />{" "}
          <Draining isDraining={row.isDraining} /> <Uncertainty row={uncertaintyOf(row)} />
        </>
      ),
    },
    { ...text("hostname", "Hostname"), isExtra: nodes.every(isNamedByHost) },
    { ...number("tcpPort", "TCP port", String), isExtra: true },
    { ...number("httpPort", "HTTP port", String), isExtra: true },
    text("version", "Version"),
    {
      key: "uptime",
      label: "Up for",
      isNumber: true,
      value: (row) => -row.startedAtMs,
      cell: (row) => row.startedAtMs === 0 ? "–" : duration(nowMs() - row.startedAtMs),
    },
    {
      key: "memory",
      label: "Memory",
      hint: "heap and buffers in use, as nsqd says",
      isNumber: true,
      value: (row) => row.memoryBytes ?? -1,
      cell: (row) => row.memoryBytes === null ? "–" : bytes(row.memoryBytes),
    },
    ...(nodes.some((row) => row.disk !== null)
      ? [{
        key: "disk",
        label: "Disk free",
        hint: "on the disk of its data path",
        isNumber: true,
        value: (row: NodeRow) => row.disk?.freeBytes ?? -1,
        cell: (row: NodeRow) => <DiskFree row={row} />,
      }]
      : []),
    ...(nodes.some((row) => row.region !== "") ? [text("region", "Region")] : []),
    ...(nodes.some((row) => row.zone !== "") ? [text("zone", "Zone")] : []),
    ...(lookupds.length === 0 ? [] : [{
      key: "lookupds",
      label: "Lookupds",
      hint: "how many of the lookupds know it",
      isNumber: true,
      value: (row: NodeRow) => row.lookupds.length,
      cell: (row: NodeRow) => (
        <span
          class={row.lookupds.length < lookupds.length - silent.length ? "tag warning" : ""}
          title={row.lookupds.join("\n")}
        >
          {row.lookupds.length} of {lookupds.length - silent.length}
          {silent.length > 0 && (
            <span class="sub lack" title={silent.join(", ")}>+ {silent.length} silent</span>
          )}
        </span>
      ),
    }]),
    number("topics", "Topics"),
    number("clients", "Connections"),
    number("depth", "Depth"),
    number("messages", "Messages"),
    {
      key: "rate",
      label: "Rate /s",
      isNumber: true,
      value: (row) => row.rate ?? -1,
      cell: (row) => row.error === "" ? rate(row.rate) : "–",
    },
    {
      key: "trend",
      label: "15 min",
      cell: (row) => (
        <Sparkline points={row.trend.rate} label={`rate of ${row.node} in the last 15 minutes`} />
      ),
    },
  ];
}

function isNamedByHost({ node, hostname }: NodeRow): boolean {
  return node.startsWith(hostname) || hostname === "";
}

/** Room on a node's disk, marked when there is little. */
function DiskFree({ row: { disk } }: { row: NodeRow }) {
  if (disk === null) return <>–</>;
  const share = disk.freeBytes / disk.sizeBytes;
  return (
    <span
      class={share < LITTLE_SHARE ? "tag warning" : ""}
      title={`of ${bytes(disk.sizeBytes)}`}
    >
      {bytes(disk.freeBytes)}, {Math.floor(share * 100)}%
    </span>
  );
}

function uncertaintyOf({ error, answeredAtMs }: NodeRow): Uncertain {
  return error === "" ? {} : { lost: { sinceMs: answeredAtMs } };
}

/** Why a node needs attention, if it does. */
export function Health({ row }: { row: NodeRow }) {
  if (row.error !== "") return null; // said with the age of its figures
  if (row.health !== "OK") return <span class="tag error">{row.health || "unknown health"}</span>;
  return null;
}
