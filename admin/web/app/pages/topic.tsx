/** One topic: its nodes, its channels, and what can be done with it. */
import type { ChannelRow, TopicView } from "../../../console/contract.ts";
import { mayAct } from "../api.ts";
import { Chart } from "../chart.tsx";
import { config, url } from "../config.ts";
import { CreateButton } from "../create.tsx";
import { ActionButton } from "../dialog.tsx";
import {
  channelColumns,
  channelNameColumn,
  depthColumns,
  latencyColumns,
  messageColumns,
  nodeColumn,
} from "../figures.tsx";
import { count } from "../format.ts";
import { FlowActions } from "../flow_actions.tsx";
import { GraphiteGraphs } from "../graphite.tsx";
import { Empty, Page, Section } from "../layout.tsx";
import { useLive } from "../live.ts";
import { PublishForm } from "../publish.tsx";
import { topicQuestions } from "../questions.tsx";
import { Sparkline } from "../sparkline.tsx";
import { Table } from "../table.tsx";
import { TailPanel } from "../tail.tsx";

export function TopicPage({ topic }: { topic: string }) {
  const live = useLive<TopicView>(url`/api/console/topics/${topic}`);
  return (
    <Page
      title={topic}
      crumbs={[{ label: "Streams", href: url`/` }]}
      live={live}
      aside={live.data && <Actions view={live.data} refresh={live.refresh} />}
    >
      {(view) => (
        <>
          {view.exists ? <Charts view={view} /> : <Absent />}
          <Channels view={view} refresh={live.refresh} />
          {view.exists && <Nodes view={view} refresh={live.refresh} />}
          {mayAct && view.exists && (
            <div class="side-by-side">
              <PublishForm
                topic={topic}
                nodes={view.nodes.map(({ node }) => node)}
                onDone={live.refresh}
              />
              <TailPanel topic={topic} hasChannels={view.channels.length > 0} />
            </div>
          )}
          <GraphiteGraphs of={{ kind: "topic", node: "*", topic }} />
        </>
      )}
    </Page>
  );
}

function Absent() {
  return (
    <p class="note">
      No node has this topic. See <a href={url`/lookup`}>Lookup</a> for what lookupd knows of it.
    </p>
  );
}

function Charts({ view: { history } }: { view: TopicView }) {
  return (
    <div class="charts">
      <Chart title="Messages in" unit="/s" times={history} points={history.rate} colour="rate" />
      <Chart
        title="Depth, topic and channels"
        unit=""
        times={history}
        points={history.depth}
        colour="depth"
      />
    </div>
  );
}

function Actions({ view, refresh }: { view: TopicView; refresh(): void }) {
  const { name, total, channels } = view;
  const facts = { name, total, channels, nodes: view.nodes.length };
  const questions = {
    pause: topicQuestions.pause(facts),
    unpause: topicQuestions.unpause(facts),
    empty: topicQuestions.empty(facts),
    delete: topicQuestions.delete(facts),
  };
  return (
    <FlowActions
      paused={total.paused}
      questions={questions}
      refresh={refresh}
      deletedTo={url`/`}
    />
  );
}

function Channels({ view, refresh }: { view: TopicView; refresh(): void }) {
  const { name, channels } = view;
  const create = mayAct && config.lookupds.length > 0 && (
    <CreateButton topic={name} onDone={refresh} />
  );
  return (
    <Section title="Channels" aside={create}>
      {channels.length === 0
        ? <Empty>No channels: messages wait in the topic until the first one is created.</Empty>
        : (
          <Table<ChannelRow>
            caption={`Channels of ${name}`}
            rows={channels}
            rowKey={(row) => row.name}
            columns={[
              channelNameColumn<ChannelRow>(name),
              {
                key: "trend",
                label: "Depth, 15 min",
                cell: (row) => (
                  <Sparkline
                    points={row.trend.depth}
                    label={`depth of ${row.name} in the last 15 minutes`}
                  />
                ),
              },
              ...depthColumns<ChannelRow>(view.total),
              ...channelColumns<ChannelRow>(null),
              ...messageColumns<ChannelRow>(null),
              {
                key: "clients",
                label: "Connections",
                isNumber: true,
                value: (row) => row.clients,
                cell: (row) =>
                  row.clients === 0 && row.depth > 0
                    ? <span class="tag warning">none</span>
                    : count(row.clients),
              },
              ...latencyColumns(channels, null),
            ]}
          />
        )}
    </Section>
  );
}

type NodeShareRow = TopicView["nodes"][number];

function Nodes({ view, refresh }: { view: TopicView; refresh(): void }) {
  const { name, nodes, total, tombstones } = view;
  return (
    <Section title="Nodes">
      <Table<NodeShareRow>
        caption={`Nodes of ${name}`}
        rows={nodes}
        rowKey={(row) => row.node}
        hasTotal
        columns={[
          nodeColumn<NodeShareRow>(({ node }) =>
            tombstones.includes(node) && <span class="tag warning">tombstoned</span>
          ),
          ...depthColumns<NodeShareRow>(total),
          ...messageColumns<NodeShareRow>(total),
          {
            key: "channels",
            label: "Channels",
            isNumber: true,
            value: (row) => row.channels,
            cell: (row) => count(row.channels),
            total: count(view.channels.length),
          },
          ...latencyColumns(nodes, total),
          ...(mayAct && config.lookupds.length > 0
            ? [{
              key: "tombstone",
              label: "Action",
              cell: (row: NodeShareRow) => (
                <ActionButton
                  label="Tombstone"
                  class="quiet small"
                  question={topicQuestions.tombstone(name, row.node)}
                  onAsk={refresh}
                  onDone={refresh}
                />
              ),
            }]
            : []),
        ]}
      />
    </Section>
  );
}
