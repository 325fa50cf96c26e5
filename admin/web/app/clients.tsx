/** The table of consumers' connections. */
import type { ClientView } from "../../console/contract.ts";
import { url } from "./config.ts";
import { clock, count, duration } from "./format.ts";
import { nowMs } from "./live.ts";
import { type Column, Table } from "./table.tsx";

const NUMBERS: [
  key: "inFlight" | "ready" | "finished" | "requeued" | "messages",
  string,
  string,
][] = [
  ["inFlight", "In flight", "delivered and not yet finished"],
  ["ready", "Ready", "how many it would take now: RDY"],
  ["finished", "Finished", ""],
  ["requeued", "Requeued", ""],
  ["messages", "Messages", "delivered to it"],
];

/** @param showNode whether they may be connected to different nodes */
export function ClientTable(
  { clients, showNode = false }: { clients: ClientView[]; showNode?: boolean },
) {
  const columns: Column<ClientView>[] = [
    {
      key: "host",
      label: "Client",
      value: (row) => row.hostname,
      cell: (row) => (
        <span title={row.remoteAddress}>
          <span class="name">{row.hostname || row.remoteAddress}</span>
          {row.clientId !== "" && row.clientId !== row.hostname &&
            row.clientId !== row.hostname.split(".")[0] && (
            <>
              {" "}
              <span class="muted name">({row.clientId})</span>
            </>
          )}
          {row.fault !== "" && <span class="tag error fault">{row.fault}</span>}
        </span>
      ),
    },
    {
      key: "agent",
      label: "User agent",
      value: (row) => row.userAgent,
      cell: (row) => row.userAgent,
    },
    ...(clients.some((client) => attributesOf(client) !== null)
      ? [{ key: "attributes", label: "Attributes", cell: attributesOf }]
      : []),
    ...(showNode
      ? [{
        key: "node",
        label: "Node",
        value: (row: ClientView) => row.node,
        cell: (row: ClientView) => <a href={url`/nodes/${row.node}`}>{row.node}</a>,
      }]
      : []),
    ...NUMBERS.map(([key, label, hint]): Column<ClientView> => ({
      key,
      label,
      hint,
      isNumber: true,
      value: (row) => row[key],
      cell: (row) => count(row[key]),
    })),
    {
      key: "connected",
      label: "Connected",
      isNumber: true,
      value: (row) => -row.connectedSinceMs,
      cell: (row) => (
        <span
          title={`since ${new Date(row.connectedSinceMs).toDateString()} ${
            clock(row.connectedSinceMs)
          }`}
        >
          {duration(nowMs() - row.connectedSinceMs)}
        </span>
      ),
    },
  ];
  return (
    <Table
      caption="Connections of consumers"
      name="clients"
      columns={columns}
      rows={clients}
      rowClass={({ fault }) => fault === "" ? "" : "at-fault"}
      rowKey={(row) => `${row.node} ${row.remoteAddress}`}
    />
  );
}

function attributesOf(client: ClientView) {
  const { sampleRate, tls, tlsDetail, deflate, snappy, authed, region, zone, locality } = client;
  const isAny = sampleRate > 0 || tls || deflate || snappy || authed ||
    region + zone + locality !== "";
  if (!isAny) return null;
  return (
    <span class="tags">
      {sampleRate > 0 && <span class="tag">sampled {sampleRate}%</span>}
      {tls && <span class="tag good" title={tlsDetail}>TLS</span>}
      {deflate && <span class="tag">deflate</span>}
      {snappy && <span class="tag">snappy</span>}
      {authed && <Identity client={client} />}
      {region !== "" && <span class="tag">{region}</span>}
      {zone !== "" && <span class="tag">{zone}</span>}
      {locality !== "" && <span class="tag good">same {locality}</span>}
    </span>
  );
}

function Identity({ client }: { client: ClientView }) {
  const text = client.authIdentity === "" ? "authed" : `authed: ${client.authIdentity}`;
  if (client.authIdentityUrl === "") return <span class="tag good">{text}</span>;
  return (
    <a class="tag good" href={client.authIdentityUrl} rel="noreferrer">
      {text}
    </a>
  );
}
