/** Messages as they are published, live. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { TailEvent } from "../../console/contract.ts";
import { answerOf, reasonOf, request } from "./api.ts";
import { url } from "./config.ts";
import { bytes, clock, count } from "./format.ts";
import { Section } from "./layout.tsx";
import { readLines } from "./lines.ts";
import { laidOut } from "./json_layout.ts";
import { SearchBox } from "./search_box.tsx";

/** Messages that stay on the page. */
const MAX_SHOWN = 200;

type Message = Extract<TailEvent, { kind: "message" }>;

interface State {
  messages: Message[];
  skipped: number;
  /** What is going on, in words. */
  status: string;
}

const NOTHING: State = { messages: [], skipped: 0, status: "" };

interface TailPanelProps {
  topic: string;
  /** On the page of a channel: that one. */
  channel?: string;
  /** Whether somebody reads the topic: what it keeps for its first channel must not go to a tail. */
  hasChannels?: boolean;
}

/** Starts and stops with a button, and stops when the page is left. */
export function TailPanel({ topic, channel, hasChannels = true }: TailPanelProps) {
  const [state, setState] = useState(NOTHING);
  const [stop, setStop] = useState<AbortController | null>(null);
  const latest = useRef<AbortController | null>(null);
  const [filter, setFilter] = useState("");
  /** What is shown while the list stands still; null while it does not. */
  const [held, setHeld] = useState<Message[] | null>(null);
  const [isPlain, setPlain] = useState(false);
  useEffect(() => () => latest.current?.abort(), []);

  const start = async () => {
    const controller = latest.current = new AbortController();
    setStop(controller);
    setState({ ...NOTHING, status: "Connecting…" });
    setHeld(null);
    try {
      await follow(topic, controller.signal, (event) => setState((old) => added(old, event)));
      setState((old) => ({ ...old, status: old.status || "Ended." }));
    } catch (error) {
      const status = controller.signal.aborted ? "Stopped." : `Ended: ${reasonOf(error)}`;
      setState((old) => ({ ...old, status }));
    } finally {
      setStop(null);
    }
  };
  if (!hasChannels && stop === null) {
    return (
      <Section title="Live tail">
        <p class="muted">
          A tail needs a topic that has a channel: until then, {topic}{" "}
          keeps its messages for its first channel, and a tail would take them.
        </p>
      </Section>
    );
  }
  const button = stop === null
    ? <button type="button" class="primary" onClick={start}>Start live tail</button>
    : <button type="button" onClick={() => stop.abort()}>Stop live tail</button>;
  const wanted = filter.toLowerCase();
  const shown = (held ?? state.messages)
    .filter(({ body, id }) => `${id} ${body}`.toLowerCase().includes(wanted));
  const newer = held === null ? 0 : state.messages.findIndex((each) => each === held[0]);
  return (
    <Section title="Live tail" aside={button}>
      <p class="muted">
        Shows copies of what is published to {topic} from now on
        {channel !== undefined && <>, which is what {channel} gets</>}. It reads from an ephemeral
        channel of its own and takes nothing from consumers.
      </p>
      <p class="tail-status" role="status">
        {state.status}
        {state.skipped > 0 && ` ${count(state.skipped)} not shown: too many for a page.`}
      </p>
      {state.messages.length > 0 && (
        <div class="tail-tools">
          <SearchBox
            label="Show only messages with"
            ending="…"
            value={filter}
            onSearch={setFilter}
          />
          <button
            type="button"
            aria-pressed={held !== null}
            onClick={() => setHeld(held === null ? state.messages : null)}
          >
            {held === null
              ? "Hold still"
              : `Go on (${newer < 0 ? `${MAX_SHOWN} or more` : count(newer)} newer)`}
          </button>
          <label>
            <input
              type="checkbox"
              checked={!isPlain}
              onChange={() => setPlain(!isPlain)}
            />{" "}
            Lay JSON out
          </label>
          {wanted !== "" && <span class="muted">{count(shown.length)} match</span>}
        </div>
      )}
      <ol class="tail" aria-label="Messages, newest first" tabIndex={0}>
        {shown.map((message) => (
          <li key={`${message.node} ${message.id}`}>
            <div class="muted">
              {clock(message.atMs)} · {bytes(message.sizeBytes)} · {message.node}
              {message.attempts > 1 && ` · attempt ${message.attempts}`} · {message.id}
              {!message.isText && <span class="tag">not text</span>}
            </div>
            {isCut(message) && <div class="muted">Only the beginning is shown.</div>}
            <pre>{isPlain || !message.isText ? message.body : laidOut(message.body) ?? message.body}</pre>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** Whether there is more of it than a page should hold. Bytes come as two digits and a blank each. */
function isCut({ body, isText, sizeBytes }: Message): boolean {
  const shown = isText ? new TextEncoder().encode(body).length : Math.ceil(body.length / 3);
  return shown < sizeBytes;
}

/** Resolves when the server ends it. @throws when it cannot be had, or is aborted */
async function follow(
  topic: string,
  signal: AbortSignal,
  onEvent: (event: TailEvent) => void,
): Promise<void> {
  const path = url`/api/console/topics/${topic}/tail`;
  const response = await request(path, { method: "POST", signal });
  if (!response.ok) await answerOf(response);
  for await (const line of readLines(response.body!)) onEvent(JSON.parse(line));
}

function added(state: State, event: TailEvent): State {
  switch (event.kind) {
    case "open":
      return { ...state, status: "Listening. Messages appear here." };
    case "message":
      return { ...state, messages: [event, ...state.messages].slice(0, MAX_SHOWN) };
    case "skipped":
      return { ...state, skipped: state.skipped + event.count };
    case "end":
      return { ...state, status: `Ended: ${event.reason}` };
  }
}
