/** Writes a policy: what it is for, what it sets, and what that would do before it does. */
import { useId, useState } from "preact/hooks";
import type { Policy, PolicyChange } from "../../console/more/contract.ts";
import { perform, reasonOf } from "./api.ts";
import { url } from "./config.ts";
import { count, plural } from "./format.ts";
import { Modal, useIsGone } from "./modal.tsx";
import { notify } from "./notice.tsx";

/** Fields that brokers know, with how a value is written. */
const FIELDS: Record<string, string> = {
  durable: "true",
  retain_age: "24h",
  retain_bytes: "1073741824",
  dedup_window: "5m",
  max_attempts: "5",
  backoff: '["1s", "10s", "1m"]',
  dead_letter: "bury, drop or topic:NAME",
  max_age: "24h",
  expired: "drop or dead_letter",
  max_depth: "100000",
  max_bytes: "1073741824",
  overflow: "reject, drop_oldest or dead_letter",
  idle_expiry: "1h",
  idle_expiry_backlog: "true",
  requeue_on_disconnect: "true",
  rate: "100",
  single_consumer: "true",
};

/** Names that a preview lists. */
const LISTED = 12;

interface Draft {
  name: string;
  topic: string;
  channel: string;
  priority: string;
  set: [field: string, value: string][];
}

/** @param policy the one to change; null for a new one */
export function PolicyEditor(
  { policy, onClose }: { policy: Policy | null; onClose(isDone: boolean): void },
) {
  const [draft, setDraft] = useState(() => draftOf(policy));
  const [preview, setPreview] = useState<PolicyChange | null>(null);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const fieldsId = useId();
  const isGone = useIsGone();
  const title = policy === null ? "New policy" : `Policy ${policy.name}`;
  const change = (changes: Partial<Draft>) => {
    setDraft({ ...draft, ...changes });
    setPreview(null); // it was of what is no longer written here
  };
  const submit = async () => {
    setBusy(true);
    setError("");
    try {
      const isDryRun = preview === null;
      const outcome = await put(policyOf(draft), isDryRun);
      const refused = new Set(outcome.failed.map(({ reason }) => reason));
      if (refused.size > 0) {
        throw new Error(outcome.failed.map(({ node, reason }) => `${node}: ${reason}`).join("; "));
      } else if (outcome.done.length === 0) {
        throw new Error("no broker here has policies");
      } else if (isDryRun) {
        setPreview(outcome);
      } else {
        notify(`Policy ${draft.name} is in force on ${plural(outcome.done.length, "node")}.`);
        onClose(true);
      }
    } catch (failure) {
      if (isGone()) notify(`${title}: ${reasonOf(failure)}`, "error");
      setError(reasonOf(failure));
    }
    setBusy(false);
  };
  const setField = (at: number, pair: [string, string] | null) =>
    change({
      set: draft.set.flatMap((each, now) => now !== at ? [each] : pair === null ? [] : [pair]),
    });
  return (
    <Modal
      title={title}
      isWide
      submit={{
        label: preview === null ? "Preview" : "Put in force",
        isDanger: preview !== null && preview.wouldDrop > 0,
        isBusy,
        run: () => void submit(),
      }}
      onClose={() => onClose(false)}
    >
      <div class="fields">
        <Text
          label="Name"
          value={draft.name}
          isFixed={policy !== null}
          isFirst={policy === null}
          onChange={(name) => change({ name })}
        />
        <Text
          label="Topics"
          value={draft.topic}
          isFirst={policy !== null}
          onChange={(topic) => change({ topic })}
        />
        <Text
          label="Channels"
          value={draft.channel}
          onChange={(channel) => change({ channel })}
        />
        <Text
          label="Priority"
          value={draft.priority}
          mode="numeric"
          onChange={(priority) => change({ priority })}
        />
      </div>
      <p class="muted">
        <code>*</code> stands for any characters, <code>?</code>{" "}
        for one. Of several policies that set a field, the one with the highest priority counts.
      </p>
      <datalist id={fieldsId}>
        {Object.keys(FIELDS).map((field) => <option key={field} value={field} />)}
      </datalist>
      {draft.set.map(([field, value], at) => (
        <div key={at} class="fields policy-field">
          <input
            list={fieldsId}
            aria-label={`Field ${at + 1}`}
            placeholder="field"
            value={field}
            required
            onInput={(event) => setField(at, [event.currentTarget.value, value])}
          />
          <input
            aria-label={`Value of ${field || `field ${at + 1}`}`}
            placeholder={FIELDS[field] ?? "value"}
            value={value}
            required
            onInput={(event) => setField(at, [field, event.currentTarget.value])}
          />
          <button
            type="button"
            class="quiet small"
            aria-label={`Remove ${field || `field ${at + 1}`}`}
            onClick={() => setField(at, null)}
          >
            ✕
          </button>
        </div>
      ))}
      <button
        type="button"
        class="small"
        onClick={() => change({ set: [...draft.set, ["", ""]] })}
      >
        Add a field
      </button>
      {preview !== null && <Preview change={preview} />}
      {error !== "" && <p class="note error" role="alert">{error}</p>}
    </Modal>
  );
}

function Text({ label, value, mode = "text", isFixed = false, isFirst = false, onChange }: {
  label: string;
  value: string;
  mode?: "text" | "numeric";
  isFixed?: boolean;
  /** Whether it has the focus at the beginning. */
  isFirst?: boolean;
  onChange(value: string): void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        inputmode={mode}
        value={value}
        required
        readOnly={isFixed}
        autofocus={isFirst}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}

/** What it is for, of what there is now, and what that costs. */
function Preview({ change: { topics, channels, wouldDrop, wouldDie, done, cannot } }: {
  change: PolicyChange;
}) {
  const names = [...topics, ...channels.map(({ topic, channel }) => `${topic} / ${channel}`)];
  return (
    <div class="preview" role="status">
      <p>
        {names.length === 0
          ? "It matches nothing that is there now."
          : `It is for ${plural(topics.length, "topic")} and ${
            plural(channels.length, "channel")
          }, on ${plural(done.length, "node")}:`}
      </p>
      <ul class="names">
        {names.slice(0, LISTED).map((name) => <li key={name}>{name}</li>)}
        {names.length > LISTED && <li class="muted">and {count(names.length - LISTED)} more</li>}
      </ul>
      {wouldDrop > 0 && <p class="loss">{plural(wouldDrop, "message")} will be lost at once.</p>}
      {wouldDie > 0 && (
        <p class="note warning">{plural(wouldDie, "message")} will be dead at once.</p>
      )}
      {cannot.length > 0 && (
        <p class="note warning">{cannot.join(", ")} cannot obey it: no broker of this project.</p>
      )}
    </div>
  );
}

function put(policy: Policy, dryRun: boolean): Promise<PolicyChange> {
  return perform({ method: "POST", path: url`/api/console/policies`, body: { policy, dryRun } });
}

function draftOf(policy: Policy | null): Draft {
  if (policy === null) {
    return { name: "", topic: "*", channel: "*", priority: "0", set: [["", ""]] };
  }
  const set = Object.entries(policy.set).map(([field, value]): [string, string] => [
    field,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return { ...policy, priority: String(policy.priority), set };
}

/** A value that reads as JSON is that, anything else is a text: brokers say what will not do. */
function policyOf({ name, topic, channel, priority, set }: Draft): Policy {
  return {
    name,
    topic,
    channel,
    priority: Number(priority),
    set: Object.fromEntries(set.map(([field, text]) => [field.trim(), valueOf(text.trim())])),
  };
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
