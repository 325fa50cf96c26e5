/** Takes a node out of service: how far it has come, and the way back. */
import { useEffect, useState } from "preact/hooks";
import type { DrainView } from "../../console/more/contract.ts";
import { Ask } from "./ask.tsx";
import { answerOf, mayAct, perform, reasonOf, request } from "./api.ts";
import { url } from "./config.ts";
import { clock, plural } from "./format.ts";
import { notify } from "./notice.tsx";

/** Queues that are named. */
const LISTED = 5;

/** @param atMs changes with every look: then it is asked anew */
export function Drain({ node, atMs, refresh }: { node: string; atMs: number; refresh(): void }) {
  const [drain, setDrain] = useState<DrainView | null>(null);
  const [error, setError] = useState("");
  const path = url`/api/console/nodes/${node}/drain`;
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let isLeft = false;
    request(path).then((response) => answerOf<{ drain: DrainView | null }>(response)).then(
      (answer) => {
        if (isLeft) return;
        setError("");
        setDrain(answer.drain);
      },
      (failure) => isLeft || setError(reasonOf(failure)),
    );
    return () => void (isLeft = true);
  }, [path, atMs, asked]);
  if (error !== "") return null; // the page says that the node, or the console, does not answer
  if (drain === null) return null; // a broker that has no such call
  const again = () => {
    setAsked(asked + 1);
    refresh();
  };
  if (!drain.isDraining) {
    if (!mayAct) return null;
    return (
      <Ask
        label="Drain…"
        isLarge
        title={`Drain ${node}`}
        effect={
          <>
            <p>
              Publishing to it is refused from now on; consumers go on, and it stays in lookupd,
              until all its messages are finished. Then its process ends with exit code 0.
            </p>
            <p>Nothing is lost. It can be cancelled until it ends.</p>
          </>
        }
        run={async () => {
          await perform({ method: "POST", path, body: {} });
          notify(`${node} drains.`);
        }}
        onDone={again}
      />
    );
  }
  const cancel = async () => {
    try {
      await perform({ method: "DELETE", path });
      notify(`${node} takes messages again.`);
    } catch (failure) {
      notify(reasonOf(failure), "error");
    }
    again();
  };
  return (
    <div class="note warning draining" role="status">
      <p>
        <strong>Draining</strong> since {clock(drain.sinceMs)}: {plural(drain.messages, "message")}
        {" "}
        not finished yet
        {drain.deadlineMs !== null && `, it ends at ${clock(drain.deadlineMs)} at the latest`}.
      </p>
      <ul>
        {drain.remaining.slice(0, LISTED).map(({ topic, channel, messages, waitsFor }) => (
          <li key={`${topic} ${channel}`}>
            <a href={channel === "" ? url`/topics/${topic}` : url`/topics/${topic}/${channel}`}>
              {channel === "" ? topic : `${topic} / ${channel}`}
            </a>: {plural(messages, "message")}
            {waitsFor !== "" && `, waiting for ${waitsFor}`}
          </li>
        ))}
        {drain.remaining.length > LISTED && <li>and {drain.remaining.length - LISTED} more</li>}
      </ul>
      {mayAct && <button type="button" class="small" onClick={cancel}>Cancel the drain</button>}
    </div>
  );
}
