/** Publishes one message, now or later. */
import { useState } from "preact/hooks";
import type { PublishAnswer } from "../../console/contract.ts";
import { actions, perform, publishAsCurl, reasonOf } from "./api.ts";
import { CopyButton } from "./copy_button.tsx";
import { bytes } from "./format.ts";
import { Section } from "./layout.tsx";
import { notify } from "./notice.tsx";

interface PublishProps {
  topic: string;
  /** Nodes that have the topic. */
  nodes: string[];
  onDone(): void;
}

export function PublishForm({ topic, nodes, onDone }: PublishProps) {
  const [body, setBody] = useState("");
  const [delay, setDelay] = useState("");
  const [node, setNode] = useState("");
  const [error, setError] = useState("");
  const delayMs = Math.round(Number(delay) * 1000);
  const submit = async (event: Event) => {
    event.preventDefault();
    setError("");
    try {
      const action = actions.publish(topic, body, delayMs, node);
      const answer = await perform<PublishAnswer>(action);
      const when = delayMs > 0 ? `, due in ${delay} s` : "";
      notify(`Published to ${topic} through ${answer.node}${when}.`);
      onDone();
    } catch (failure) {
      setError(reasonOf(failure));
    }
  };
  return (
    <Section title="Publish a message">
      <form class="publish" onSubmit={submit}>
        <label class="field">
          <span>Body</span>
          <textarea
            name="body"
            rows={5}
            value={body}
            onInput={(event) => setBody(event.currentTarget.value)}
            spellcheck={false}
            required
          />
        </label>
        <div class="fields">
          <label class="field">
            <span>Delay, seconds</span>
            <input
              name="delay"
              type="number"
              min="0"
              step="any"
              placeholder="0"
              value={delay}
              onInput={(event) => setDelay(event.currentTarget.value)}
            />
          </label>
          <label class="field">
            <span>Node</span>
            <select
              name="node"
              value={node}
              onChange={(event) => setNode(event.currentTarget.value)}
            >
              <option value="">any</option>
              {nodes.map((each) => <option key={each} value={each}>{each}</option>)}
            </select>
          </label>
        </div>
        {error !== "" && <p class="note error" role="alert">{error}</p>}
        <div class="buttons">
          <span class="muted">{bytes(new TextEncoder().encode(body).length)}</span>
          <span class="spring" />
          <CopyButton
            text={publishAsCurl(node || nodes[0] || "", topic, body, delayMs)}
            label="Copy as curl"
          />
          <button type="submit" class="primary" disabled={body === ""}>Publish</button>
        </div>
      </form>
    </Section>
  );
}
