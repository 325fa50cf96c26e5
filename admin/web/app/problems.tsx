/** The problems panel: what an operator should look at first. */
import type { ProblemGroup, ProblemItem } from "../../console/contract.ts";
import { mayAct } from "./api.ts";
import { BulkButton, type BulkDeed, type Target } from "./bulk.tsx";
import { url } from "./config.ts";
import { clock, count, plural } from "./format.ts";

const WORDS = { error: "Error", warning: "Warning", info: "Note" };
const SHOWN = 5;

/** All groups, the most urgent first; says so when there are none. */
export function Problems({ groups, refresh }: { groups: ProblemGroup[]; refresh(): void }) {
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  return (
    <section class="problems" aria-labelledby="problems-title">
      <h2 id="problems-title" class={total === 0 ? "good" : ""}>
        {total === 0 ? "No problems found" : plural(total, "thing") + " to look at"}
      </h2>
      {groups.map((group) => <Group key={group.kind} group={group} refresh={refresh} />)}
    </section>
  );
}

/** What helps against a problem, if pressing a button does. */
const CURES: Record<string, BulkDeed[]> = {
  paused: ["unpause"],
  noConsumer: ["empty", "delete"],
};

function Cures({ group, items, refresh }: {
  group: ProblemGroup;
  items: ProblemItem[];
  refresh(): void;
}) {
  const targets = items.flatMap(({ topic, channel, amount }): Target[] =>
    topic === undefined
      ? []
      : [{ topic, ...(channel !== undefined && { channel }), messages: amount }]
  );
  if (!mayAct || targets.length === 0) return null;
  return (
    <span class="cures">
      {(CURES[group.kind] ?? []).map((deed) => (
        <BulkButton
          key={deed}
          deed={deed}
          targets={targets}
          onDone={refresh}
          class={deed === "unpause" ? "small" : "danger-quiet small"}
        />
      ))}
    </span>
  );
}

function Group({ group, refresh }: { group: ProblemGroup; refresh(): void }) {
  const { severity, title, advice, items, unit } = group;
  return (
    <details class={`problem ${severity}`} open={severity === "error" ? true : undefined}>
      <summary>
        <span class={`tag ${severity}`}>{WORDS[severity]}</span> <span class="what">{title}</span>
        {" "}
        <span class="count">{count(group.count)}</span>
        <span class="first">
          {items.slice(0, SHOWN).map(nameOf).join(", ")}
          {group.count > SHOWN ? ", …" : ""}
        </span>
      </summary>
      <p class="muted">{advice}</p>
      {items.length > 1 && (group.kind in CURES) && mayAct && (
        <p>
          All {items.length} listed: <Cures group={group} items={items} refresh={refresh} />
        </p>
      )}
      <ul>
        {items.map((item) => (
          <li key={nameOf(item)}>
            <a href={hrefOf(item)}>{nameOf(item)}</a>
            {unit !== "" && item.amount > 0 && (
              <span class="amount">{count(item.amount)} {unit}</span>
            )}
            {item.detail !== "" && <span class="muted">{item.detail}</span>}
            {item.sinceMs !== undefined && (
              <span class="muted">
                {item.sinceMs === 0
                  ? "no answer since the console started"
                  : `last answer at ${clock(item.sinceMs)}`}
              </span>
            )}
            <Cures group={group} items={[item]} refresh={refresh} />
          </li>
        ))}
      </ul>
      {group.count > items.length && (
        <p class="muted">and {count(group.count - items.length)} more</p>
      )}
    </details>
  );
}

function nameOf({ topic, channel, node }: ProblemItem): string {
  if (topic === undefined) return node ?? "";
  return channel === undefined ? topic : `${topic} / ${channel}`;
}

function hrefOf({ topic, channel, node }: ProblemItem): string {
  if (topic !== undefined) {
    return channel === undefined ? url`/topics/${topic}` : url`/topics/${topic}/${channel}`;
  }
  return url`/nodes/${node ?? ""}`;
}
