/** One nsqd: all its topics, channels and clients. */
import { useState } from "preact/hooks";
import type { NodeRow, NodeView } from "../../../console/contract.ts";
import { forgetNode, mayAct, reasonOf } from "../api.ts";
import { ClientTable } from "../clients.tsx";
import { config, url } from "../config.ts";
import { ActionButton } from "../dialog.tsx";
import {
  channelColumns,
  channelNameColumn,
  depthColumns,
  messageColumns,
  Paused,
} from "../figures.tsx";
import { bytes, clock, count, duration, plural } from "../format.ts";
import { Drain } from "../drain.tsx";
import { FlowCharts } from "../flow_charts.tsx";
import { GraphiteGraphs } from "../graphite.tsx";
import { Figure, type Uncertain } from "../lacking.tsx";
import { Empty, Page, Section } from "../layout.tsx";
import { useLive } from "../live.ts";
import { notify } from "../notice.tsx";
import { topicQuestions } from "../questions.tsx";
import { useRanged } from "../range.tsx";
import { navigate } from "../router.ts";
import { SearchBox } from "../search_box.tsx";
import { Table } from "../table.tsx";
import { Health } from "./nodes.tsx";

/** Topics shown before "show more". */
const PORTION = 25;

export function NodePage({ node }: { node: string }) {
  const live = useLive<NodeView>(useRanged(url`/api/console/nodes/${node}`));
  return (
    <Page
      title={node}
      crumbs={[{ label: "Nodes", href: url`/nodes` }]}
      live={live}
      aside={live.data && (
        <>
          <Health row={live.data.node} />
          <span class="spring" />
          {live.data.node.error === "" && (
            <Drain node={node} atMs={live.data.atMs} refresh={live.refresh} />
          )}
        </>
      )}
    >
      {(view) => (
        <>
          <Lost row={view.node} />
          <Facts view={view} />
          <FlowCharts history={view.history} />
          <Topics view={view} refresh={live.refresh} />
          <GraphiteGraphs of={{ kind: "node", node }} />
        </>
      )}
    </Page>
  );
}

/** What is said of a node that does not answer, and the way to be rid of it. */
function Lost({ row }: { row: NodeRow }) {
  if (row.error === "") return null;
  const forget = async () => {
    try {
      await forgetNode(row.node);
      notify(`${row.node} is forgotten. If it is still there, the next look finds it again.`);
      navigate(url`/nodes`);
    } catch (error) {
      notify(reasonOf(error), "error");
    }
  };
  return (
    <div class="note error" role="alert">
      <p>
        Does not answer: {row.error}. {row.answeredAtMs === 0
          ? "It has not answered since the console started, so nothing is known of it."
          : `What follows is what it said at ${clock(row.answeredAtMs)}.`}
      </p>
      {mayAct && (
        <button type="button" class="small" onClick={forget}>
          It is gone for good: forget it
        </button>
      )}
    </div>
  );
}

function Facts({ view: { node, atMs } }: { view: NodeView }) {
  const isUnknown = node.error !== "" && node.answeredAtMs === 0;
  const known = (value: number) => isUnknown ? "not known" : count(value);
  const facts: [string, string][] = [
    ["host", node.hostname],
    ["version", node.version],
    ["TCP", `${node.broadcastAddress}:${node.tcpPort}`],
    ["HTTP", node.node],
    ["up for", node.startedAtMs === 0 ? "?" : duration(atMs - node.startedAtMs)],
    ["memory", node.memoryBytes === null ? "" : bytes(node.memoryBytes)],
    [
      "disk free",
      node.disk === null ? "" : `${bytes(node.disk.freeBytes)} of ${bytes(node.disk.sizeBytes)}`,
    ],
    ["topics", known(node.topics)],
    ["connections", known(node.clients)],
    ["messages", known(node.messages)],
    ["waiting", known(node.depth)],
    ["region", node.region],
    ["zone", node.zone],
    ["known to", node.lookupds.join(", ")],
  ];
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value !== "").map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Topics({ view, refresh }: { view: NodeView; refresh(): void }) {
  const [search, setSearch] = useState("");
  const [limit, setLimit] = useState(PORTION);
  const { topics } = view;
  const found = topics.filter(({ name, channels }) =>
    name.includes(search) || channels.some((channel) => channel.name.includes(search))
  );
  const tools = topics.length > 1 && (
    <SearchBox label="Search topics and channels" value={search} onSearch={setSearch} />
  );
  return (
    <Section title="Topics" aside={tools}>
      {topics.length === 0 && (
        <Empty>
          {view.node.error === ""
            ? "No topics on this node."
            : view.node.answeredAtMs === 0
            ? "Not known which topics are on this node."
            : `No topics on this node at ${clock(view.node.answeredAtMs)}.`}
        </Empty>
      )}
      {found.slice(0, limit).map((topic) => (
        <TopicCard key={topic.name} topic={topic} node={view.node} refresh={refresh} />
      ))}
      {found.length > limit && (
        <button type="button" onClick={() => setLimit(limit + PORTION)}>
          Show more ({plural(found.length - limit, "topic")})
        </button>
      )}
    </Section>
  );
}

type Topic = NodeView["topics"][number];

/** What waits in the topic itself. */
function waitingIn({ depth, backendDepth }: Topic): string {
  if (depth === 0) return "none waiting in the topic itself";
  const onDisk = backendDepth === 0 ? "" : ` (${count(backendDepth)} on disk)`;
  return `${count(depth)} waiting in the topic itself${onDisk}`;
}
type Channel = Topic["channels"][number] & Uncertain;

function TopicCard(
  { topic, node: row, refresh }: { topic: Topic; node: NodeRow; refresh(): void },
) {
  const { name } = topic;
  const node = row.node;
  const lost = row.error === "" ? null : { sinceMs: row.answeredAtMs };
  const channels = topic.channels.map((each): Channel => ({ ...each, lost }));
  return (
    <article class="card" aria-label={`Topic ${name}`}>
      <div class="title">
        <h3>
          <a href={url`/topics/${name}`}>{name}</a>
        </h3>
        <Paused paused={topic.paused} />
        {topic.tombstoned && <span class="tag warning">tombstoned</span>}
        <span class="muted">
          {plural(topic.messages, "message")} so far, {waitingIn(topic)}
        </span>
        {mayAct && config.lookupds.length > 0 && (
          <ActionButton
            label="Tombstone"
            class="small push"
            question={topicQuestions.tombstone(name, node)}
            onAsk={refresh}
            onDone={refresh}
          />
        )}
      </div>
      {channels.length === 0 ? <Empty>No channels.</Empty> : (
        <Table<Channel>
          caption={`Channels of ${name} on ${node}`}
          rows={channels}
          rowKey={(row) => row.name}
          columns={[
            channelNameColumn<Channel>(name),
            ...depthColumns<Channel>(topic),
            ...channelColumns<Channel>(null),
            ...messageColumns<Channel>(null),
            {
              key: "clients",
              label: "Connections",
              isNumber: true,
              value: (row) => row.clients,
              cell: (row) => <Figure row={row} value={row.clients} of="clients" />,
            },
          ]}
        />
      )}
      {channels.map((channel) =>
        channel.clientList.length > 0 && (
          <details key={channel.name}>
            <summary>
              {plural(channel.clientList.length, "connection")} of {channel.name}
            </summary>
            <ClientTable clients={channel.clientList} />
          </details>
        )
      )}
    </article>
  );
}
