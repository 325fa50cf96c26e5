/** Makes a topic or channel before anybody publishes to it. */
import { useState } from "preact/hooks";
import type { ActionRequest } from "../../console/contract.ts";
import { actions, asCurl } from "./api.ts";
import { CopyButton } from "./copy_button.tsx";
import { OutcomeList, useDeed } from "./deed.tsx";
import { Modal } from "./modal.tsx";
import { notify } from "./notice.tsx";

const NAME = "[.a-zA-Z0-9_\\-]{1,64}(#ephemeral)?";
const NAME_HINT = "letters, digits, . _ and -, up to 64";

interface CreateProps {
  /** The topic that a channel is made for; left out: both can be named. */
  topic?: string;
  onDone(): void;
}

/** A button that asks for the names. */
export function CreateButton({ topic, onDone }: CreateProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {topic === undefined ? "Create topic…" : "Create channel…"}
      </button>
      {isOpen && (
        <CreateDialog
          {...(topic !== undefined && { topic })}
          onDone={onDone}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

function CreateDialog({ topic: given, onDone, onClose }: CreateProps & { onClose(): void }) {
  const [topic, setTopic] = useState(given ?? "");
  const [channel, setChannel] = useState("");
  const title = given === undefined ? "Create a topic" : `Create a channel of ${given}`;
  const { isBusy, error, outcome, run, repeat } = useDeed(title, () => {
    notify(`Created ${channel === "" ? topic : `${topic} / ${channel}`}.`);
    onClose();
    onDone();
  });
  const request: ActionRequest = { deed: "create", topic, ...(channel !== "" && { channel }) };
  return (
    <Modal
      title={title}
      aside={<CopyButton text={asCurl(actions.create(topic, channel))} label="Copy as curl" />}
      dismiss={outcome === null ? "Cancel" : "Close"}
      submit={{
        label: outcome === null ? "Create" : "Repeat there",
        isBusy,
        run: () => void (outcome === null ? run(request) : repeat(request)),
      }}
      onClose={onClose}
    >
      <p class="muted">
        Made in lookupd and on the nodes that have the topic, so that channels are there before the
        first message.
      </p>
      {given === undefined && (
        <label class="field">
          <span>Topic</span>
          <input
            name="topic"
            value={topic}
            onInput={(event) => setTopic(event.currentTarget.value)}
            pattern={NAME}
            title={NAME_HINT}
            required
            autocomplete="off"
            autofocus
          />
        </label>
      )}
      <label class="field">
        <span>Channel{given === undefined && " (may be empty)"}</span>
        <input
          name="channel"
          value={channel}
          onInput={(event) => setChannel(event.currentTarget.value)}
          pattern={NAME}
          title={NAME_HINT}
          required={given !== undefined}
          autocomplete="off"
          autofocus
        />
      </label>
      {outcome !== null && <OutcomeList outcome={outcome} />}
      {error !== "" && <p class="note error" role="alert">{error}</p>}
    </Modal>
  );
}
