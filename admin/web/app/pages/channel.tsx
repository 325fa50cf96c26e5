/** One channel: its nodes, its consumers, and what can be done with it. */
import type { ChannelView } from "../../../console/contract.ts";
import { mayAct } from "../api.ts";
import { Chart } from "../chart.tsx";
import { ClientTable } from "../clients.tsx";
import { url } from "../config.ts";
import {
  channelColumns,
  deliveryColumns,
  depthColumns,
  latencyColumns,
  messageColumns,
  nodeColumn,
} from "../figures.tsx";
import { count, plural } from "../format.ts";
import { FlowActions } from "../flow_actions.tsx";
import { GraphiteGraphs } from "../graphite.tsx";
import { Empty, Page, Section } from "../layout.tsx";
import { useLive } from "../live.ts";
import { channelQuestions } from "../questions.tsx";
import { Table } from "../table.tsx";
import { TailPanel } from "../tail.tsx";

export function ChannelPage({ topic, channel }: { topic: string; channel: string }) {
  const live = useLive<ChannelView>(url`/api/console/topics/${topic}/${channel}`);
  return (
    <Page
      title={channel}
      crumbs={[
        { label: "Streams", href: url`/` },
        { label: topic, href: url`/topics/${topic}` },
      ]}
      live={live}
      aside={live.data && <Actions view={live.data} refresh={live.refresh} />}
    >
      {(view) =>
        view.exists
          ? (
            <>
              <Charts view={view} />
              <Nodes view={view} />
              <Section title={`Consumers (${plural(view.clients.length, "connection")})`}>
                {view.clients.length === 0
                  ? <Empty>No client is connected to this channel.</Empty>
                  : <ClientTable clients={view.clients} showNode />}
              </Section>
              {mayAct && <TailPanel topic={topic} channel={channel} />}
              <GraphiteGraphs of={{ kind: "channel", node: "*", topic, channel }} />
            </>
          )
          : (
            <p class="note">
              No node has this channel. See <a href={url`/lookup`}>Lookup</a>{" "}
              for what lookupd knows of it.
            </p>
          )}
    </Page>
  );
}

function Charts({ view }: { view: ChannelView }) {
  const { history, timeoutRate, requeueRate } = view;
  const isAny = (points: (number | null)[]) => points.some((value) => (value ?? 0) > 0);
  return (
    <div class="charts">
      <Chart title="Depth" unit="" times={history} points={history.depth} colour="depth" />
      <Chart title="Messages in" unit="/s" times={history} points={history.rate} colour="rate" />
      {isAny(timeoutRate) && (
        <Chart title="Timed out" unit="/s" times={history} points={timeoutRate} colour="bad" />
      )}
      {isAny(requeueRate) && (
        <Chart title="Requeued" unit="/s" times={history} points={requeueRate} colour="bad" />
      )}
    </div>
  );
}

function Actions({ view, refresh }: { view: ChannelView; refresh(): void }) {
  const { topic, name, total } = view;
  const facts = { topic, name, total, nodes: view.nodes.length };
  const questions = {
    pause: channelQuestions.pause(facts),
    unpause: channelQuestions.unpause(facts),
    empty: channelQuestions.empty(facts),
    delete: channelQuestions.delete(facts),
  };
  return (
    <FlowActions
      paused={total.paused}
      questions={questions}
      refresh={refresh}
      deletedTo={url`/topics/${topic}`}
    />
  );
}

type NodeShareRow = ChannelView["nodes"][number];

function Nodes({ view: { name, nodes, total } }: { view: ChannelView }) {
  return (
    <Section title="Nodes">
      <Table<NodeShareRow>
        caption={`Nodes of ${name}`}
        rows={nodes}
        rowKey={(row) => row.node}
        hasTotal
        columns={[
          nodeColumn<NodeShareRow>(),
          ...depthColumns<NodeShareRow>(total),
          ...channelColumns<NodeShareRow>(total),
          ...messageColumns<NodeShareRow>(total),
          {
            key: "clients",
            label: "Connections",
            isNumber: true,
            value: (row) => row.clients,
            cell: (row) => count(row.clients),
            total: count(total.clients),
          },
          ...deliveryColumns(nodes),
          ...latencyColumns(nodes, total),
        ]}
      />
    </Section>
  );
}
