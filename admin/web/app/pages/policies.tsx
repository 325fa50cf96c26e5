/** All policies of the cluster: which there are, where, and what they set. */
import { useState } from "preact/hooks";
import type {
  PoliciesView,
  Policy,
  PolicyChange,
  PolicyRow,
} from "../../../console/more/contract.ts";
import { mayAct, perform } from "../api.ts";
import { Ask } from "../ask.tsx";
import { url } from "../config.ts";
import { valueText } from "../effective.tsx";
import { plural } from "../format.ts";
import { Empty, Page } from "../layout.tsx";
import { useLive } from "../live.ts";
import { PolicyEditor } from "../policy_editor.tsx";
import { Table } from "../table.tsx";

export function PoliciesPage() {
  const live = useLive<PoliciesView>(url`/api/console/policies`);
  const [edited, edit] = useState<Policy | "new" | null>(null);
  const hasPolicies = (live.data?.nodes.length ?? 0) > 0;
  return (
    <Page
      title="Policies"
      live={live}
      aside={mayAct && hasPolicies && (
        <button
          type="button"
          aria-haspopup="dialog"
          onClick={() => edit("new")}
        >
          New policy…
        </button>
      )}
    >
      {(view) => (
        <>
          <p class="muted">
            What becomes of messages that fail, grow old or are too many, by patterns of topics and
            channels.
          </p>
          {view.failed.map(({ node, reason }) => (
            <p key={node} class="note error">{node} did not say what it has: {reason}</p>
          ))}
          {view.cannot.length > 0 && view.nodes.length > 0 && (
            <p class="note warning">{view.cannot.join(", ")} cannot have policies.</p>
          )}
          {view.policies.length === 0
            ? <Empty>{whyNone(view)}</Empty>
            : <Policies view={view} edit={edit} refresh={live.refresh} />}
          {edited !== null && (
            <PolicyEditor
              policy={edited === "new" ? null : edited}
              onClose={(isDone) => {
                edit(null);
                if (isDone) live.refresh();
              }}
            />
          )}
        </>
      )}
    </Page>
  );
}

function whyNone({ nodes, failed, cannot, listing }: PoliciesView): string {
  if (nodes.length > 0) {
    return failed.length === 0
      ? "No policies: everything is as it is without them."
      : "The nodes that answer have no policies.";
  }
  if (cannot.length > 0) {
    return "The brokers here have no policies: that takes nsqd of this project.";
  }
  return listing.state === "fresh" && failed.length === 0
    ? "No node answers, so there is nobody to ask."
    : "Not known which policies there are.";
}

function Policies({ view, edit, refresh }: {
  view: PoliciesView;
  edit(policy: Policy): void;
  refresh(): void;
}) {
  const { policies, nodes } = view;
  return (
    <Table<PolicyRow>
      caption="Policies"
      rows={policies}
      rowKey={({ policy, nodes: where }) => `${policy.name} ${where[0]}`}
      columns={[
        {
          key: "name",
          label: "Policy",
          value: ({ policy }) => policy.name,
          cell: ({ policy, isFixed }) => (
            <>
              {policy.name}{" "}
              {isFixed && (
                <span class="tag" title="from the file that the broker was started with">
                  fixed
                </span>
              )}
            </>
          ),
        },
        { key: "topic", label: "Topics", cell: ({ policy }) => <code>{policy.topic}</code> },
        { key: "channel", label: "Channels", cell: ({ policy }) => <code>{policy.channel}</code> },
        {
          key: "priority",
          label: "Priority",
          isNumber: true,
          value: ({ policy }) => policy.priority,
          cell: ({ policy }) => policy.priority,
        },
        {
          key: "set",
          label: "Sets",
          cell: ({ policy }) => (
            <ul class="set">
              {Object.entries(policy.set).map(([field, value]) => (
                <li key={field}>
                  <code>{field}</code> {valueText(value)}
                </li>
              ))}
            </ul>
          ),
        },
        {
          key: "nodes",
          label: "Nodes",
          isNumber: true,
          cell: ({ nodes: where }) => (
            <span
              class={where.length < nodes.length ? "tag warning" : ""}
              title={where.join("\n")}
            >
              {where.length} of {nodes.length}
            </span>
          ),
        },
        ...(mayAct
          ? [{
            key: "act",
            label: "Action",
            cell: ({ policy, isFixed }: PolicyRow) =>
              isFixed ? null : (
                <span class="actions">
                  <button
                    type="button"
                    class="small"
                    aria-haspopup="dialog"
                    onClick={() => edit(policy)}
                  >
                    Edit
                  </button>
                  <Ask
                    label="Delete"
                    title={`Delete policy ${policy.name}`}
                    effect="What it sets is no longer in force, at once. Messages that are dead stay dead."
                    isDestructive
                    run={() => remove(policy.name)}
                    onDone={refresh}
                  />
                </span>
              ),
          }]
          : []),
      ]}
    />
  );
}

/** @throws Error that says where it is still in force */
async function remove(name: string): Promise<void> {
  const { failed, done } = await perform<PolicyChange>({
    method: "DELETE",
    path: url`/api/console/policies/${name}`,
  });
  if (failed.length === 0) return;
  throw new Error(
    `Deleted on ${plural(done.length, "node")}. Still in force: ` +
      failed.map(({ node, reason }) => `${node}: ${reason}`).join("; "),
  );
}
