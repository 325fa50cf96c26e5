/** One topic: its nodes, its channels, and what can be done with it. */
import { useState } from "preact/hooks";
import type { ChannelRow, TopicView } from "../../../console/contract.ts";
import { Absence } from "../absent.tsx";
import { mayAct } from "../api.ts";
import { BulkBar, type Target } from "../bulk.tsx";
import { config, url } from "../config.ts";
import { CreateButton } from "../create.tsx";
import { ActionButton } from "../dialog.tsx";
import {
  channelColumns,
  channelNameColumn,
  deadColumns,
  depthColumns,
  latencyColumns,
  messageColumns,
  nodeColumn,
  Oldest,
} from "../figures.tsx";
import { bytes, count, dateAndTime, plural } from "../format.ts";
import { EffectivePolicies } from "../effective.tsx";
import { FlowActions } from "../flow_actions.tsx";
import { FlowCharts } from "../flow_charts.tsx";
import { ForgetTopic } from "../forget_topic.tsx";
import { GraphiteGraphs } from "../graphite.tsx";
import { Figure } from "../lacking.tsx";
import { Empty, Page, Section } from "../layout.tsx";
import { useLive } from "../live.ts";
import { PublishForm } from "../publish.tsx";
import { topicQuestions } from "../questions.tsx";
import { PeekPanel } from "../peek.tsx";
import { useRanged } from "../range.tsx";
import { useSelection } from "../selection.ts";
import { Sparkline } from "../sparkline.tsx";
import { Table } from "../table.tsx";
import { TailPanel } from "../tail.tsx";

export function TopicPage({ topic }: { topic: string }) {
  const live = useLive<TopicView>(useRanged(url`/api/console/topics/${topic}`));
  return (
    <Page
      title={topic}
      crumbs={[{ label: "Streams", href: url`/` }]}
      live={live}
      aside={live.data && <Actions view={live.data} refresh={live.refresh} />}
    >
      {(view) => (
        <>
          <Absence what="topic" presence={view.presence} view={view} />
          {view.durable !== null && (
            <p>
              <span class="tag good">durable</span> Its journal has{" "}
              {bytes(view.durable.journalBytes)} on disk
              {view.durable.retainedFromMs > 0 &&
                `, and keeps all that was published since ${
                  dateAndTime(view.durable.retainedFromMs)
                }`}
              .
            </p>
          )}
          {isSomewhere(view) && <Charts view={view} />}
          {(isSomewhere(view) || view.presence === "listed") && (
            <Channels view={view} refresh={live.refresh} />
          )}
          {isSomewhere(view) && <Nodes view={view} refresh={live.refresh} />}
          {isSomewhere(view) && <EffectivePolicies topic={topic} />}
          {mayAct && view.presence === "here" && view.total.depth > 0 && (
            <PeekPanel topic={topic} refresh={live.refresh} />
          )}
          {mayAct && view.presence === "here" && (
            <div class="side-by-side">
              <PublishForm
                topic={topic}
                nodes={view.nodes.filter(({ lost, isDraining }) => lost === null && !isDraining)
                  .map(({ node }) =>
                    node
                  )}
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

/** Whether there are figures of it, be they old. */
function isSomewhere({ presence }: TopicView): boolean {
  return presence === "here" || presence === "lost";
}

function Charts({ view: { history, lacking, channels } }: { view: TopicView }) {
  const held = channels.reduce(
    (sum, channel) => sum + (channel.lacking?.last.depth ?? 0),
    lacking?.last.depth ?? 0,
  );
  return <FlowCharts history={history} held={held} depthTitle="Depth, topic and channels" />;
}

function Actions({ view, refresh }: { view: TopicView; refresh(): void }) {
  const { name, total, channels, lacking } = view;
  if (view.presence === "listed") {
    const isComplete = view.warnings.length === 0;
    return <ForgetTopic topic={name} isComplete={isComplete} refresh={refresh} />;
  }
  if (!isSomewhere(view)) return null;
  const nodes = view.nodes.filter(({ lost }) => lost === null).length;
  const facts = { name, total, lacking, channels, nodes };
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
  const { name } = view;
  const selection = useSelection();
  const [isTailShown, showTails] = useState(false);
  const tails = view.channels.filter(({ isTail }) => isTail).length;
  const channels = view.channels.filter(({ isTail }) => isTailShown || !isTail);
  const create = mayAct && config.lookupds.length > 0 && (
    <CreateButton topic={name} onDone={refresh} />
  );
  return (
    <Section
      title="Channels"
      aside={
        <>
          {create}
          {tails > 0 && (
            <button
              type="button"
              class="quiet small"
              onClick={() => showTails(!isTailShown)}
            >
              {isTailShown ? "Hide" : "Show"} {plural(tails, "live tail")}
            </button>
          )}
        </>
      }
    >
      <BulkBar
        targets={channels.filter((row) => selection.has(row.name)).map((row): Target => ({
          topic: name,
          channel: row.name,
          messages: row.depth + row.inFlight + row.deferred,
        }))}
        deeds={["pause", "unpause", "empty", "delete"]}
        onDone={refresh}
        clear={selection.clear}
      />
      {channels.length === 0
        ? (
          <Empty>
            {view.presence === "listed"
              ? (
                <>
                  No node has a channel of it; <a href={url`/lookup`}>Lookup</a>{" "}
                  tells which are listed.
                </>
              )
              : view.lacking?.isPartlyUnknown
              ? `Not known whether it has channels: ${view.lacking.nodes.join(", ")} has them.`
              : "No channels: messages wait in the topic until the first one is created."}
          </Empty>
        )
        : (
          <Table<ChannelRow>
            caption={`Channels of ${name}`}
            name="channels"
            selection={mayAct ? selection : undefined}
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
              ...depthColumns<ChannelRow>(view.total, view.lacking),
              {
                key: "oldest",
                label: "Oldest",
                hint: "how long the oldest waiting message has waited",
                isNumber: true,
                value: (row) => row.oldest?.ms ?? -1,
                cell: (row) => <Oldest oldest={row.oldest} />,
              },
              ...channelColumns<ChannelRow>(null),
              ...deadColumns<ChannelRow>(channels, null),
              ...messageColumns<ChannelRow>(null),
              {
                key: "clients",
                label: "Connections",
                isNumber: true,
                value: (row) => row.clients,
                cell: (row) =>
                  row.clients === 0 && row.depth > 0 && row.lacking === null
                    ? <span class="tag warning">none</span>
                    : <Figure row={row} value={row.clients} of="clients" />,
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
        name="topic-nodes"
        rows={nodes}
        rowKey={(row) => row.node}
        rowClass={({ lost }) => lost === null ? "" : "lost"}
        hasTotal
        columns={[
          nodeColumn<NodeShareRow>(({ node }) =>
            tombstones.includes(node) && <span class="tag warning">tombstoned</span>
          ),
          ...depthColumns<NodeShareRow>(total, view.lacking),
          ...messageColumns<NodeShareRow>(total),
          {
            key: "channels",
            label: "Channels",
            isNumber: true,
            value: (row) => row.channels,
            cell: (row) => row.lost?.sinceMs === 0 ? "?" : count(row.channels),
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
                  class="small"
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
