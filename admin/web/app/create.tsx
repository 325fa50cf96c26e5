/** Makes a topic or channel before anybody publishes to it. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { actions, asCurl, perform, reasonOf } from "./api.ts";
import { CopyButton } from "./copy_button.tsx";
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
  const dialog = useRef<HTMLDialogElement>(null);
  const [topic, setTopic] = useState(given ?? "");
  const [channel, setChannel] = useState("");
  const [error, setError] = useState("");
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      const { message } = await perform(actions.create(topic, channel));
      notify(`Created ${channel === "" ? topic : `${topic} / ${channel}`}. ${message ?? ""}`);
      onClose();
      onDone();
    } catch (failure) {
      setError(reasonOf(failure));
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={titleId}>
          {given === undefined ? "Create a topic" : `Create a channel of ${given}`}
        </h2>
        <p class="muted">
          Made in lookupd and on the nodes that have the topic, so that channels are there before
          the first message.
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
          />
        </label>
        {error !== "" && <p class="note error" role="alert">{error}</p>}
        <div class="buttons">
          <CopyButton text={asCurl(actions.create(topic, channel))} label="Copy as curl" />
          <span class="spring" />
          <button type="button" onClick={() => dialog.current?.close()}>Cancel</button>
          <button type="submit" class="primary">Create</button>
        </div>
      </form>
    </dialog>
  );
}
