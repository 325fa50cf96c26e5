/** All nsqds. */
import type { NodeRow, NodesView } from "../../../console/contract.ts";
import { url } from "../config.ts";
import { count, plural, rate } from "../format.ts";
import { Empty, Page } from "../layout.tsx";
import { useLive } from "../live.ts";
import { Sparkline } from "../sparkline.tsx";
import { type Column, Table } from "../table.tsx";

export function NodesPage() {
  const live = useLive<NodesView>(url`/api/console/nodes`);
  return (
    <Page
      title="Nodes"
      live={live}
      aside={<span class="muted">{plural(live.data?.nodes.length ?? 0, "nsqd")}</span>}
    >
      {(view) =>
        view.nodes.length === 0
          ? <Empty>No nodes: lookupd knows none, or none answers.</Empty>
          : (
            <Table<NodeRow>
              caption="Nodes"
              rows={view.nodes}
              rowKey={(row) => row.node}
              rowClass={(row) => row.error === "" ? "" : "lost"}
              columns={columnsOf(view)}
            />
          )}
    </Page>
  );
}

function columnsOf({ nodes, lookupds }: NodesView): Column<NodeRow>[] {
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
    cell: (row: NodeRow) => isUnknown(row, key) ? "–" : format(row[key]),
  });
  return [
    {
      key: "node",
      label: "Node",
      value: (row) => row.node,
      cell: (row) => (
        <>
          <a href={url`/nodes/${row.node}`}>{row.node}</a> <Health row={row} />
        </>
      ),
    },
    text("hostname", "Hostname"),
    number("tcpPort", "TCP port", String),
    number("httpPort", "HTTP port", String),
    text("version", "Version"),
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
          class={row.lookupds.length < lookupds.length ? "tag warning" : ""}
          title={row.lookupds.join("\n")}
        >
          {row.lookupds.length} of {lookupds.length}
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
      value: (row) => row.rate,
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

/** A lost node's figures are not 0, nobody knows them. Where it listens is known. */
function isUnknown({ error }: NodeRow, key: keyof NodeRow): boolean {
  return error !== "" && key !== "tcpPort" && key !== "httpPort";
}

/** Why a node needs attention, if it does. */
export function Health({ row }: { row: NodeRow }) {
  if (row.error !== "") return <span class="tag error" title={row.error}>lost</span>;
  if (row.health !== "OK") return <span class="tag error">{row.health || "unknown health"}</span>;
  return null;
}
