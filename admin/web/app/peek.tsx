/** Messages as they are: a look that changes nothing, and what can be done to the dead and deferred. */
import { useEffect, useState } from "preact/hooks";
import type {
  MessageDeedAnswer,
  MessageDeedRequest,
  MessageState,
  PeekAnswer,
  PeekedMessage,
  PeekRequest,
} from "../../console/more/contract.ts";
import { perform, reasonOf } from "./api.ts";
import { url } from "./config.ts";
import { bytes, count, dateAndTime, duration, plural } from "./format.ts";
import { Empty, Section } from "./layout.tsx";
import { nowMs } from "./live.ts";
import { type Body, MessageBody } from "./message_body.tsx";
import { notify } from "./notice.tsx";
import { Ask } from "./ask.tsx";
import { SearchBox } from "./search_box.tsx";

const PORTION = 20;

const STATES: { state: MessageState; label: string; isOfTopics: boolean }[] = [
  { state: "queued", label: "Queued", isOfTopics: true },
  { state: "in_flight", label: "In flight", isOfTopics: false },
  { state: "deferred", label: "Deferred", isOfTopics: true },
  { state: "dead", label: "Dead", isOfTopics: false },
];

interface PeekProps {
  topic: string;
  /** Left out: the topic's own queue. */
  channel?: string;
  /** How many are dead, as far as brokers say so. */
  dead?: number | null;
  refresh(): void;
}

/** Nothing is asked before somebody presses a button. */
export function PeekPanel({ topic, channel, dead = null, refresh }: PeekProps) {
  const [state, setState] = useState<MessageState | null>(null);
  const [offset, setOffset] = useState(0);
  const [answer, setAnswer] = useState<PeekAnswer | null>(null);
  const [error, setError] = useState("");
  const [filter, setFilter] = useState("");
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    if (state === null) return;
    let isLeft = false;
    const request: PeekRequest = {
      topic,
      ...(channel !== undefined && { channel }),
      state,
      offset,
      count: PORTION,
    };
    perform<PeekAnswer>({ method: "POST", path: url`/api/console/peek`, body: { ...request } })
      .then(
        (found) => {
          if (isLeft) return;
          setAnswer(found);
          setError("");
        },
        (failure) => isLeft || setError(reasonOf(failure)),
      );
    return () => void (isLeft = true);
  }, [topic, channel, state, offset, looks]);
  const look = (next: MessageState) => {
    if (next !== state) setAnswer(null);
    setState(next);
    setOffset(0);
    setLooks(looks + 1);
  };
  const done = () => {
    setLooks((before) => before + 1);
    refresh();
  };
  const names = channel === undefined ? { topic } : { topic, channel };
  return (
    <Section title="Messages">
      <p class="muted">A look at messages takes nothing away and changes nothing.</p>
      <div class="peek-tools">
        <div role="group" aria-label="Look at messages that are" class="choice">
          {STATES.filter(({ isOfTopics }) => channel !== undefined || isOfTopics).map((each) => (
            <button
              key={each.state}
              type="button"
              aria-pressed={each.state === state}
              onClick={() => look(each.state)}
            >
              {each.label}
              {each.state === "dead" && dead !== null && dead > 0 && ` (${count(dead)})`}
            </button>
          ))}
        </div>
        {answer !== null && (
          <>
            <button type="button" class="small" onClick={() => setLooks(looks + 1)}>
              Look again
            </button>
            <SearchBox
              label="Show only messages with"
              ending="…"
              value={filter}
              onSearch={setFilter}
            />
          </>
        )}
      </div>
      {error !== "" && <p class="note error" role="alert">{error}</p>}
      {answer !== null && state !== null && (
        <Found
          {...{ answer, state, offset, filter, names, done }}
          go={(to) => setOffset(Math.max(0, to))}
        />
      )}
    </Section>
  );
}

interface Names {
  topic: string;
  channel?: string;
}

function Found({ answer, state, offset, filter, names, go, done }: {
  answer: PeekAnswer;
  state: MessageState;
  offset: number;
  filter: string;
  names: Names;
  go(offset: number): void;
  done(): void;
}) {
  const { messages, totals, failed, cannot, hasMore } = answer;
  const wanted = filter.toLowerCase();
  const shown = messages.filter(({ id, body }) =>
    `${id} ${body ?? ""}`.toLowerCase().includes(wanted)
  );
  const total = totals.reduce((sum, each) => sum + each.total, 0);
  const { topic, channel } = names;
  return (
    <>
      {failed.map(({ node, reason }) => (
        <p key={node} class="note error">{node} did not say: {reason}</p>
      ))}
      {cannot.length > 0 && (
        <p class="note">
          {cannot.join(", ")} cannot show {state === "dead" ? "dead messages" : "messages"}:{" "}
          that takes a broker of this project.
        </p>
      )}
      {totals.length > 0 && (
        <div class="peek-tools" role="status">
          <span class="muted">
            {plural(total, "message")}
            {wanted !== "" && `, ${count(shown.length)} of ${count(messages.length)} shown here`}
          </span>
          {state === "dead" && channel !== undefined && total > 0 && (
            <>
              <Ask
                label="Kick all"
                title={`Kick all dead messages of ${channel}`}
                effect={`${
                  plural(total, "message")
                } go back to the consumers of ${channel}, with no attempt counted.`}
                run={() => doTo({ deed: "kick", topic, channel, state: "dead" })}
                onDone={done}
              />
              <Ask
                label="Delete all"
                title={`Delete all dead messages of ${channel}`}
                effect={`${plural(total, "message")} will be lost for good.`}
                toType={channel}
                run={() => doTo({ deed: "emptyDead", topic, channel })}
                onDone={done}
              />
            </>
          )}
        </div>
      )}
      {totals.length > 0 && shown.length === 0 && (
        <Empty>
          {messages.length === 0
            ? `No message is ${WORDS[state]}${failed.length > 0 ? " where somebody answered" : ""}.`
            : `None of these has “${filter}”.`}
        </Empty>
      )}
      <ol class="tail peeked" aria-label="Messages">
        {shown.map((message) => (
          <PeekedRow key={`${message.node} ${message.id}`} {...{ message, state, names, done }} />
        ))}
      </ol>
      {(offset > 0 || hasMore) && (
        <nav class="pager" aria-label="More messages">
          <button type="button" disabled={offset === 0} onClick={() => go(offset - PORTION)}>
            ← Previous
          </button>
          <span>from {count(offset + 1)} on each node</span>
          <button type="button" disabled={!hasMore} onClick={() => go(offset + PORTION)}>
            Next →
          </button>
        </nav>
      )}
    </>
  );
}

const WORDS: Record<MessageState, string> = {
  queued: "queued",
  in_flight: "in flight",
  deferred: "deferred",
  dead: "dead",
};

const WHYS: Record<string, string> = {
  max_attempts: "too many attempts",
  max_age: "too old",
  overflow: "one too many",
};

function PeekedRow({ message, state, names: { topic, channel }, done }: {
  message: PeekedMessage;
  state: MessageState;
  names: Names;
  done(): void;
}) {
  const { node, id, publishedMs, attempts, sizeBytes, dueMs, holder, whyDead } = message;
  const one = { topic, channel: channel ?? "", node, id };
  const waitMs = dueMs === null ? 0 : dueMs - nowMs();
  return (
    <li>
      <div class="peek-head">
        <span class="muted">
          {dateAndTime(publishedMs)} · {bytes(sizeBytes)} · {plural(attempts, "attempt")} · {node} ·
          {" "}
          <code>{id}</code>
        </span>
        {dueMs !== null && (
          <span class="muted">
            {state === "in_flight" ? "times out" : "due"}{" "}
            {waitMs > 0 ? `in ${duration(waitMs)}` : "now"}
          </span>
        )}
        {holder !== null && (
          <span class="muted">{holder === "" ? "its consumer is gone" : `at ${holder}`}</span>
        )}
        {whyDead !== "" && (
          <span class="tag dead">
            dead: {WHYS[whyDead] ?? whyDead}
            {message.lastDeliveryMs !== null &&
              `, last delivered ${dateAndTime(message.lastDeliveryMs)}`}
          </span>
        )}
        <span class="spring" />
        {channel !== undefined && (state === "dead" || state === "deferred") && (
          <Ask
            label="Kick"
            title={`Kick message ${id}`}
            effect={state === "dead"
              ? "It goes back to the consumers, with no attempt counted."
              : "It is delivered now, not when it is due."}
            run={() => doTo({ deed: "kick", ...one, state })}
            onDone={done}
          />
        )}
        {channel !== undefined && state !== "queued" && (
          <Ask
            label="Delete"
            title={`Delete message ${id}`}
            effect="It will be lost for good, in this channel."
            isDestructive
            run={() => doTo({ deed: "delete", ...one })}
            onDone={done}
          />
        )}
      </div>
      <MessageBody body={bodyOf(message)} />
      {message.isCut && <p class="muted">Only the beginning is shown.</p>}
    </li>
  );
}

function bodyOf({ body, bodyBase64 = "" }: PeekedMessage): Body {
  if (body !== undefined) return { text: body };
  return { bytes: Uint8Array.from(atob(bodyBase64), (character) => character.charCodeAt(0)) };
}

/** @throws Error that says where it was not done */
async function doTo(request: MessageDeedRequest): Promise<void> {
  const { failed } = await perform<MessageDeedAnswer>({
    method: "POST",
    path: url`/api/console/messages`,
    body: { ...request },
  });
  if (failed.length > 0) {
    throw new Error(failed.map(({ node, reason }) => `${node}: ${reason}`).join("; "));
  }
  notify("Done.");
}
