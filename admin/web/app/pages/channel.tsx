/** One channel: its nodes, its consumers, and what can be done with it. */
import type { ChannelView } from "../../../console/contract.ts";
import { Absence } from "../absent.tsx";
import { mayAct } from "../api.ts";
import { ClientTable } from "../clients.tsx";
import { url } from "../config.ts";
import {
  channelColumns,
  deadColumns,
  deliveryColumns,
  depthColumns,
  latencyColumns,
  messageColumns,
  nodeColumn,
  Oldest,
} from "../figures.tsx";
import { count, plural } from "../format.ts";
import { EffectivePolicies } from "../effective.tsx";
import { FlowActions } from "../flow_actions.tsx";
import { FlowCharts } from "../flow_charts.tsx";
import { GraphiteGraphs } from "../graphite.tsx";
import { Figure } from "../lacking.tsx";
import { Empty, Page, Section } from "../layout.tsx";
import { useLive } from "../live.ts";
import { PeekPanel } from "../peek.tsx";
import { channelQuestions } from "../questions.tsx";
import { useRanged } from "../range.tsx";
import { Table } from "../table.tsx";
import { TailPanel } from "../tail.tsx";

export function ChannelPage({ topic, channel }: { topic: string; channel: string }) {
  const live = useLive<ChannelView>(useRanged(url`/api/console/topics/${topic}/${channel}`));
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
        isSomewhere(view)
          ? (
            <>
              <Absence what="channel" presence={view.presence} view={view} />
              <FlowCharts
                history={view.history}
                held={view.lacking?.last.depth}
                first="came in"
              />
              {view.oldest !== null && (
                <p>
                  The oldest waiting message has waited <Oldest oldest={view.oldest} />.
                </p>
              )}
              <Nodes view={view} />
              <Section title={consumersTitle(view)}>
                {view.clients.length === 0
                  ? <Empty>{whyNoClients(view)}</Empty>
                  : <ClientTable clients={view.clients} showNode />}
              </Section>
              <EffectivePolicies topic={topic} channel={channel} />
              {mayAct && view.presence === "here" && (
                <PeekPanel
                  topic={topic}
                  channel={channel}
                  dead={view.total.dead}
                  refresh={live.refresh}
                />
              )}
              {mayAct && <TailPanel topic={topic} channel={channel} />}
              <GraphiteGraphs of={{ kind: "channel", node: "*", topic, channel }} />
            </>
          )
          : <Absence what="channel" presence={view.presence} view={view} />}
    </Page>
  );
}

/** Whether there are figures of it, be they old. */
function isSomewhere({ presence }: ChannelView): boolean {
  return presence === "here" || presence === "lost";
}

function consumersTitle({ clients }: ChannelView): string {
  const faulty = clients.filter(({ fault }) => fault !== "").length;
  return `Consumers (${plural(clients.length, "connection")}` +
    (faulty === 0 ? ")" : `, ${count(faulty)} at fault)`);
}

function whyNoClients({ lacking }: ChannelView): string {
  if (lacking === null) return "No client is connected to this channel.";
  const { nodes, isPartlyUnknown, last } = lacking;
  return `No client is connected on the nodes that answer. ${nodes.join(", ")} had ` +
    (isPartlyUnknown ? "an unknown number." : `${count(last.clients)}.`);
}

function Actions({ view, refresh }: { view: ChannelView; refresh(): void }) {
  const { topic, name, total, lacking } = view;
  if (!isSomewhere(view)) return null;
  const nodes = view.nodes.filter(({ lost }) => lost === null).length;
  const facts = { topic, name, total, lacking, nodes };
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

function Nodes({ view: { name, nodes, total, lacking, clients } }: { view: ChannelView }) {
  return (
    <Section title="Nodes">
      <Table<NodeShareRow>
        caption={`Nodes of ${name}`}
        name="channel-nodes"
        rows={nodes}
        rowKey={(row) => row.node}
        rowClass={({ lost }) => lost === null ? "" : "lost"}
        hasTotal
        columns={[
          nodeColumn<NodeShareRow>(),
          ...depthColumns<NodeShareRow>(total, lacking),
          ...channelColumns<NodeShareRow>(total),
          ...deadColumns<NodeShareRow>(nodes, total),
          ...messageColumns<NodeShareRow>(total),
          {
            key: "clients",
            label: "Connections",
            isNumber: true,
            value: (row) => row.clients,
            cell: (row) => <Figure row={row} value={row.clients} of="clients" />,
            total: count(total.clients),
          },
          ...deliveryColumns(nodes, clients.some(({ region, zone }) => region + zone !== "")),
          ...latencyColumns(nodes, total),
        ]}
      />
    </Section>
  );
}
