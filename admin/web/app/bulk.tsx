/** The same done to many topics or channels, with one question. */
import { useState } from "preact/hooks";
import type { ActionRequest, Deed } from "../../console/contract.ts";
import { doIt, reasonOf } from "./api.ts";
import { ConfirmField } from "./confirm_field.tsx";
import { type Outcome, OutcomeList } from "./deed.tsx";
import { count, plural } from "./format.ts";
import { Modal, useIsGone } from "./modal.tsx";
import { notify } from "./notice.tsx";

/** Done at once: each asks all nodes. */
const AT_ONCE = 4;

/** Names that are listed before "and more". */
const LISTED = 10;

/** A topic, or a channel of one, and what would be lost with it. */
export interface Target {
  topic: string;
  channel?: string;
  /** Messages that it holds, with those of its channels, as far as they are known. */
  messages: number;
  /** Of a topic: what it holds itself, which is what emptying it takes. */
  ownMessages?: number;
}

/** What can be done to many. */
export type BulkDeed = Extract<Deed, "pause" | "unpause" | "empty" | "delete">;

const WORDS: Record<BulkDeed, { verb: string; done: string }> = {
  pause: { verb: "Pause", done: "paused" },
  unpause: { verb: "Unpause", done: "unpaused" },
  empty: { verb: "Empty", done: "emptied" },
  delete: { verb: "Delete", done: "deleted" },
};

/** A button that asks before it does something to all targets. */
export function BulkButton(
  { deed, targets, onDone, class: look = "" }: {
    deed: BulkDeed;
    targets: Target[];
    onDone(): void;
    class?: string;
  },
) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class={look} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {WORDS[deed].verb}
        <span class="sr-only">{` ${whatOf(targets)}`}</span>
      </button>
      {isOpen && (
        <BulkDialog
          deed={deed}
          targets={targets}
          onClose={(isDone) => {
            setOpen(false);
            if (isDone) onDone();
          }}
        />
      )}
    </>
  );
}

/** What is asked is about the targets of when it was opened: rows may come and go meanwhile. */
function BulkDialog(
  { deed, targets: given, onClose }: {
    deed: BulkDeed;
    targets: Target[];
    /** @param isDone whether it was done to any */
    onClose(isDone: boolean): void;
  },
) {
  const [targets] = useState(given);
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [failures, setFailures] = useState<[target: Target, outcome: Outcome | string][] | null>(
    null,
  );
  const isGone = useIsGone();
  const { verb, done } = WORDS[deed];
  const what = whatOf(targets);
  const lost = targets.reduce((sum, target) => sum + lossOf(deed, target), 0);
  const toType = deed === "delete" || lost > 0 ? String(targets.length) : undefined;
  const doIt = async () => {
    setBusy(true);
    const again = failures ?? targets.map((target): [Target, string] => [target, ""]);
    const left = await doAll(deed, again);
    setBusy(false);
    setFailures(left);
    if (left.length > 0) {
      if (isGone()) notify(`${verb} ${what}: it failed for ${namesOf(left)}`, "error");
      return;
    }
    notify(`${what} ${targets.length === 1 ? "was" : "were"} ${done}.`);
    onClose(true);
  };
  return (
    <Modal
      title={`${verb} ${what}`}
      dismiss={failures === null ? "Cancel" : "Close"}
      submit={{
        label: failures === null ? `${verb} ${what}` : "Repeat there",
        isDanger: lost > 0 || deed === "delete",
        isBusy,
        mayDo: failures !== null || toType === undefined || typed === toType,
        run: () => void doIt(),
      }}
      onClose={() => onClose(failures !== null)}
    >
      {failures === null
        ? <Effect deed={deed} targets={targets} lost={lost} />
        : failures.map(([target, outcome]) => (
          <div key={nameOf(target)}>
            <h3>{nameOf(target)}</h3>
            {typeof outcome === "string"
              ? <p class="note error" role="alert">{outcome}</p>
              : <OutcomeList outcome={outcome} />}
          </div>
        ))}
      {toType !== undefined && failures === null && (
        <ConfirmField word={toType} typed={typed} onTyped={setTyped} inputmode="numeric" />
      )}
    </Modal>
  );
}

/** Messages that are gone for good then. Channels keep theirs when their topic is emptied. */
function lossOf(deed: BulkDeed, { messages, ownMessages = messages }: Target): number {
  switch (deed) {
    case "delete":
      return messages;
    case "empty":
      return ownMessages;
    default:
      return 0;
  }
}

/** Messages that it is about. */
function heldOf(deed: BulkDeed, target: Target): number {
  return deed === "empty" ? lossOf(deed, target) : target.messages;
}

function namesOf(failures: readonly [target: Target, outcome: unknown][]): string {
  return failures.map(([target]) => nameOf(target)).join(", ");
}

function Effect({ deed, targets, lost }: { deed: BulkDeed; targets: Target[]; lost: number }) {
  return (
    <div class="effect">
      {lost > 0 && <p class="loss">{plural(lost, "message")} will be lost for good.</p>}
      {lost === 0 && (deed === "empty" || deed === "delete") && (
        <p>No message is known to wait there: none is lost.</p>
      )}
      {deed === "empty" && targets.some(({ channel }) => channel === undefined) && (
        <p>Channels keep what they already have: only what waits in the topic itself goes.</p>
      )}
      {deed === "pause" && <p>Messages wait until it is undone. Nothing is lost.</p>}
      {deed === "unpause" && <p>What waits is delivered again.</p>}
      <ul class="names">
        {targets.slice(0, LISTED).map((target) => (
          <li key={nameOf(target)}>
            {nameOf(target)}{" "}
            {heldOf(deed, target) > 0 && (
              <span class="muted">{plural(heldOf(deed, target), "message")}</span>
            )}
          </li>
        ))}
        {targets.length > LISTED && <li class="muted">and {count(targets.length - LISTED)} more
        </li>}
      </ul>
    </div>
  );
}

/** Does it to all; gives back where it failed. */
async function doAll(
  deed: BulkDeed,
  jobs: [target: Target, before: Outcome | string][],
): Promise<[Target, Outcome | string][]> {
  const waiting = [...jobs];
  const failed: [Target, Outcome | string][] = [];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const [{ topic, channel }, before] = job;
      const request: ActionRequest = { deed, topic, ...(channel !== undefined && { channel }) };
      if (typeof before !== "string") request.only = before.failed.map(({ at }) => at);
      try {
        const { done, failed: where } = await doIt(request);
        if (where.length > 0) failed.push([job[0], { done, failed: where }]);
      } catch (error) {
        failed.push([job[0], reasonOf(error)]);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failed;
}

/** What is done with the selected rows. */
export function BulkBar(
  { targets, deeds, onDone, clear }: {
    targets: Target[];
    deeds: BulkDeed[];
    onDone(): void;
    clear(): void;
  },
) {
  if (targets.length === 0) return null;
  const finished = () => {
    clear();
    onDone();
  };
  return (
    <div class="bulk" role="group" aria-label="Selected">
      <strong>{whatOf(targets)} selected</strong>
      {deeds.map((deed) => (
        <BulkButton
          key={deed}
          deed={deed}
          targets={targets}
          onDone={finished}
          class={deed === "delete" ? "danger-quiet small" : "small"}
        />
      ))}
      <button type="button" class="quiet small" onClick={clear}>Clear selection</button>
    </div>
  );
}

/** "3 topics", or the name of a single one. */
function whatOf(targets: readonly Target[]): string {
  const [first] = targets;
  if (targets.length === 1) return nameOf(first!);
  const isChannel = targets.every(({ channel }) => channel !== undefined);
  const isTopic = targets.every(({ channel }) => channel === undefined);
  if (!isChannel && !isTopic) return `${count(targets.length)} topics and channels`;
  return plural(targets.length, isChannel ? "channel" : "topic");
}

function nameOf({ topic, channel }: Target): string {
  return channel === undefined ? topic : `${topic} / ${channel}`;
}
