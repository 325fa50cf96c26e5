/** Which policies are in force for a topic or channel. */
import { useEffect, useState } from "preact/hooks";
import type { EffectiveField, EffectiveView } from "../../console/more/contract.ts";
import { answerOf, reasonOf, request } from "./api.ts";
import { url } from "./config.ts";
import { Table } from "./table.tsx";

/** Asked when it is opened; nothing where no broker has policies. */
export function EffectivePolicies({ topic, channel }: { topic: string; channel?: string }) {
  const [isOpen, setOpen] = useState(false);
  const [view, setView] = useState<EffectiveView | string | null>(null);
  useEffect(() => {
    if (!isOpen) return;
    let isLeft = false;
    const of = new URLSearchParams({ topic, ...(channel !== undefined && { channel }) });
    request(`${url`/api/console/effective`}?${of}`)
      .then((response) => answerOf<EffectiveView>(response))
      .then((answer) => isLeft || setView(answer), (error) => isLeft || setView(reasonOf(error)));
    return () => void (isLeft = true);
  }, [isOpen, topic, channel]);
  return (
    <details
      class="effective"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>Policies in force here</summary>
      {typeof view === "string" && <p class="note error">{view}</p>}
      {view !== null && typeof view !== "string" && <Fields view={view} />}
    </details>
  );
}

function Fields({ view: { fields, failed, cannot } }: { view: EffectiveView }) {
  return (
    <>
      {failed.map(({ node, reason }) => (
        <p key={node} class="note error">{node} did not say: {reason}</p>
      ))}
      {fields.length === 0 && cannot.length > 0 && (
        <p class="muted">The brokers here have no policies.</p>
      )}
      {fields.length > 0 && (
        <Table<EffectiveField>
          caption="Policies in force"
          rows={fields}
          rowKey={({ name }) => name}
          columns={[
            { key: "name", label: "Field", cell: ({ name }) => <code>{name}</code> },
            { key: "value", label: "Value", cell: ({ value }) => <code>{valueText(value)}</code> },
            {
              key: "policy",
              label: "Comes from",
              cell: ({ policy, otherwise }) => (
                <>
                  {policy === null
                    ? <span class="muted">no policy: as usual</span>
                    : <a href={url`/policies`}>{policy}</a>}
                  {otherwise.length > 0 && (
                    <span class="tag warning" title={otherwise.join(", ")}>
                      not so on{" "}
                      {otherwise.length === 1 ? otherwise[0] : `${otherwise.length} nodes`}
                    </span>
                  )}
                </>
              ),
            },
          ]}
        />
      )}
    </>
  );
}

/** A value as a policy writes it. */
export function valueText(value: unknown): string {
  if (value === null) return "–";
  if (typeof value === "string") return value;
  if (typeof value === "number") return value.toLocaleString("en-US", { maximumFractionDigits: 9 });
  return Array.isArray(value) ? value.map(String).join(", ") || "–" : JSON.stringify(value);
}
