/** What the lookupds know; topics that nobody has any more; making new ones. */
import type { LookupdRow, LookupView } from "../../../console/contract.ts";
import { mayAct } from "../api.ts";
import { url } from "../config.ts";
import { CreateButton } from "../create.tsx";
import { ForgetTopic } from "../forget_topic.tsx";
import { count, plural } from "../format.ts";
import { Figure, type Uncertain, Uncertainty } from "../lacking.tsx";
import { Empty, Page, Section } from "../layout.tsx";
import { useLive } from "../live.ts";
import { type Column, Table } from "../table.tsx";

export function LookupPage() {
  const live = useLive<LookupView>(url`/api/console/lookup`);
  return (
    <Page
      title="Lookup"
      live={live}
      aside={mayAct && (live.data?.lookupds.length ?? 0) > 0 && (
        <CreateButton onDone={live.refresh} />
      )}
    >
      {(view) =>
        view.lookupds.length === 0
          ? <Empty>This console asks nsqds directly; it was given no lookupd.</Empty>
          : (
            <>
              <Lookupds view={view} />
              <Inactive view={view} refresh={live.refresh} />
            </>
          )}
    </Page>
  );
}

function Lookupds({ view }: { view: LookupView }) {
  return (
    <Section title="Lookupds">
      <Table
        caption="Lookupds"
        rows={view.lookupds}
        rowKey={(row) => row.address}
        rowClass={(row) => row.error === "" ? "" : "lost"}
        columns={[
          {
            key: "address",
            label: "HTTP address",
            cell: (row) => (
              <>
                {row.address} <Uncertainty row={uncertaintyOf(row)} />{" "}
                <span class="muted">{row.error}</span>
              </>
            ),
          },
          listed("nodes", "Nodes"),
          listed("topics", "Topics"),
        ]}
      />
    </Section>
  );
}

function uncertaintyOf({ error, answeredAtMs }: LookupdRow): Uncertain {
  return error === "" ? {} : { lost: { sinceMs: answeredAtMs } };
}

function listed(key: "nodes" | "topics", label: string): Column<LookupdRow> {
  return {
    key,
    label,
    isNumber: true,
    cell: (row) => <Figure row={uncertaintyOf(row)} value={row[key] ?? 0} of="messages" />,
  };
}

function Inactive({ view, refresh }: { view: LookupView; refresh(): void }) {
  const { inactive, inactiveCount } = view;
  const isComplete = view.warnings.length === 0;
  const forget = (topic: string, channel?: string) => (
    <ForgetTopic
      topic={topic}
      {...(channel !== undefined && { channel })}
      isComplete={isComplete}
      refresh={refresh}
    />
  );
  return (
    <Section title={titleOf(view)}>
      <p class="muted">Known to lookupd, and on no node: left over, or made in advance.</p>
      {inactive.length === 0 ? <Empty>{whyNone(view)}</Empty> : (
        <ul class="tree">
          {inactive.map(({ topic, channels }) => (
            <li key={topic}>
              <a href={url`/topics/${topic}`}>{topic}</a> {forget(topic)}
              <ul>
                {channels.map((channel) => (
                  <li key={channel}>
                    <a href={url`/topics/${topic}/${channel}`}>{channel}</a>{" "}
                    {forget(topic, channel)}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
      {inactiveCount > inactive.length && (
        <p class="muted">and {plural(inactiveCount - inactive.length, "topic")} more</p>
      )}
    </Section>
  );
}

function titleOf({ listing, inactiveCount }: LookupView): string {
  const isUnknown = listing.state === "unknown";
  return `Inactive topics (${isUnknown ? "not known" : count(inactiveCount)})`;
}

function whyNone({ listing, warnings }: LookupView): string {
  if (listing.state === "unknown") {
    return "Not known: no lookupd has answered since the console started.";
  }
  if (listing.state === "stale") return "None were known when a lookupd answered last.";
  return warnings.length === 0 ? "None." : "None that are known; not all daemons answer.";
}
