/** What the lookupds know; topics that nobody has any more; making new ones. */
import type { LookupView } from "../../../console/contract.ts";
import { actions, mayAct } from "../api.ts";
import { url } from "../config.ts";
import { CreateButton } from "../create.tsx";
import { ActionButton, type Question } from "../dialog.tsx";
import { count, plural } from "../format.ts";
import { Empty, Page, Section } from "../layout.tsx";
import { useLive } from "../live.ts";
import { Table } from "../table.tsx";

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
                {row.address} {row.error !== "" && <span class="tag error">lost</span>}{" "}
                <span class="muted">{row.error}</span>
              </>
            ),
          },
          { key: "nodes", label: "Nodes", isNumber: true, cell: (row) => count(row.nodes) },
          { key: "topics", label: "Topics", isNumber: true, cell: (row) => count(row.topics) },
        ]}
      />
    </Section>
  );
}

function Inactive({ view, refresh }: { view: LookupView; refresh(): void }) {
  const { inactive, inactiveCount } = view;
  return (
    <Section title={`Inactive topics (${count(inactiveCount)})`}>
      <p class="muted">Known to lookupd, and on no node: left over, or made in advance.</p>
      {inactive.length === 0 ? <Empty>None.</Empty> : (
        <ul class="tree">
          {inactive.map(({ topic, channels }) => (
            <li key={topic}>
              <a href={url`/topics/${topic}`}>{topic}</a> <Forget topic={topic} refresh={refresh} />
              <ul>
                {channels.map((channel) => (
                  <li key={channel}>
                    <a href={url`/topics/${topic}/${channel}`}>{channel}</a>{" "}
                    <Forget topic={topic} channel={channel} refresh={refresh} />
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

function Forget(
  { topic, channel, refresh }: { topic: string; channel?: string; refresh(): void },
) {
  if (!mayAct) return null;
  const name = channel ?? topic;
  const what = channel === undefined ? "topic" : "channel";
  const question: Question = {
    title: `Delete ${what} ${name}`,
    verb: `Delete ${what}`,
    action: channel === undefined
      ? actions.deleteTopic(topic)
      : actions.deleteChannel(topic, channel),
    effect: <p>lookupd forgets it. No node has it, so no message is lost.</p>,
    nameToType: name,
    isDestructive: true,
    done: `${what === "topic" ? "Topic" : "Channel"} ${name} was deleted.`,
  };
  return (
    <ActionButton
      label="Delete"
      class="quiet small"
      question={question}
      onAsk={refresh}
      onDone={refresh}
    />
  );
}
