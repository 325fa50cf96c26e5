/** One nsqd: all its topics, channels and clients. */
import { useState } from "preact/hooks";
import type { NodeView } from "../../../console/contract.ts";
import { mayAct } from "../api.ts";
import { Chart } from "../chart.tsx";
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
import { count, duration, plural } from "../format.ts";
import { GraphiteGraphs } from "../graphite.tsx";
import { Empty, Page, Section } from "../layout.tsx";
import { useLive } from "../live.ts";
import { topicQuestions } from "../questions.tsx";
import { Table } from "../table.tsx";
import { Health } from "./nodes.tsx";

/** Topics shown before "show more". */
const PORTION = 25;

export function NodePage({ node }: { node: string }) {
  const live = useLive<NodeView>(url`/api/console/nodes/${node}`);
  return (
    <Page
      title={node}
      crumbs={[{ label: "Nodes", href: url`/nodes` }]}
      live={live}
      aside={live.data && <Health row={live.data.node} />}
    >
      {(view) => (
        <>
          <Facts view={view} />
          <div class="charts">
            <Chart
              title="Messages in"
              unit="/s"
              times={view.history}
              points={view.history.rate}
              colour="rate"
            />
            <Chart
              title="Depth"
              unit=""
              times={view.history}
              points={view.history.depth}
              colour="depth"
            />
          </div>
          <Topics view={view} refresh={live.refresh} />
          <GraphiteGraphs of={{ kind: "node", node }} />
        </>
      )}
    </Page>
  );
}

function Facts({ view: { node, atMs } }: { view: NodeView }) {
  const facts: [string, string][] = [
    ["host", node.hostname],
    ["version", node.version],
    ["TCP", `${node.broadcastAddress}:${node.tcpPort}`],
    ["HTTP", node.node],
    ["up for", node.startedAtMs === 0 ? "?" : duration(atMs - node.startedAtMs)],
    ["topics", count(node.topics)],
    ["connections", count(node.clients)],
    ["messages", count(node.messages)],
    ["waiting", count(node.depth)],
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
    <input
      type="search"
      aria-label="Search topics and channels"
      placeholder="Search topics and channels"
      value={search}
      onInput={(event) => setSearch(event.currentTarget.value)}
    />
  );
  return (
    <Section title="Topics" aside={tools}>
      {topics.length === 0 && <Empty>No topics on this node, or it does not answer.</Empty>}
      {found.slice(0, limit).map((topic) => (
        <TopicCard key={topic.name} topic={topic} node={view.node.node} refresh={refresh} />
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
type Channel = Topic["channels"][number];

function TopicCard(
  { topic, node, refresh }: { topic: Topic; node: string; refresh(): void },
) {
  const { name, channels } = topic;
  return (
    <article class="card" aria-label={`Topic ${name}`}>
      <div class="title">
        <h3>
          <a href={url`/topics/${name}`}>{name}</a>
        </h3>
        <Paused paused={topic.paused} />
        {topic.tombstoned && <span class="tag warning">tombstoned</span>}
        <span class="muted">
          {plural(topic.messages, "message")}, {count(topic.memoryDepth)} +{" "}
          {count(topic.backendDepth)} waiting in the topic
        </span>
        <span class="spring" />
        {mayAct && config.lookupds.length > 0 && (
          <ActionButton
            label="Tombstone"
            class="quiet small"
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
              cell: (row) => count(row.clients),
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
