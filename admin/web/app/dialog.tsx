/** Asks before something is done, and says afterwards how it went. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { type Action, asCurl, perform, reasonOf } from "./api.ts";
import { CopyButton } from "./copy_button.tsx";
import { notify } from "./notice.tsx";

/** Something that can be done, and what to tell about it before. */
export interface Question {
  /** Such as "Delete topic orders". */
  title: string;
  /** The word on the button that does it. */
  verb: string;
  action: Action;
  /** What it means: what is lost, above all. */
  effect: ComponentChildren;
  /** Must be typed first, where something is lost for good. */
  nameToType?: string;
  /** Said when it is done. */
  done: string;
  isDestructive?: boolean;
}

interface DialogProps {
  question: Question;
  onClose(): void;
  /** After it was done. */
  onDone(): void;
}

/** The dialog for one question. */
export function ConfirmDialog({ question, onClose, onDone }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const titleId = useId(), hintId = useId();
  const { title, verb, action, effect, nameToType, isDestructive } = question;
  const mayDo = !isBusy && (nameToType === undefined || typed === nameToType);

  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!mayDo) return;
    setBusy(true);
    try {
      const { message } = await perform(action);
      notify(message ? `${question.done} ${message}` : question.done, message ? "warning" : "good");
      onClose();
      onDone();
    } catch (failure) {
      setError(reasonOf(failure));
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={titleId}>{title}</h2>
        <div class="effect">{effect}</div>
        {nameToType !== undefined && (
          <label class="field">
            <span id={hintId}>
              Type <code>{nameToType}</code> to confirm
            </span>
            <input
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
              aria-labelledby={hintId}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              autofocus
            />
          </label>
        )}
        {error !== "" && <p class="note error" role="alert">{error}</p>}
        <div class="buttons">
          <CopyButton text={asCurl(action)} label="Copy as curl" />
          <span class="spring" />
          <button type="button" onClick={() => dialog.current?.close()}>Cancel</button>
          <button
            type="submit"
            class={isDestructive ? "danger" : "primary"}
            disabled={!mayDo}
          >
            {isBusy ? "Working…" : verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** A button that asks first. While the dialog is open its words follow the figures. */
export function ActionButton(
  { label, question, onAsk, onDone, class: look = "" }: {
    label: string;
    question: Question;
    /** Gets the newest figures: what is said to be lost has to be true. */
    onAsk(): void;
    onDone(): void;
    class?: string;
  },
) {
  const [isOpen, setOpen] = useState(false);
  const open = () => {
    setOpen(true);
    onAsk();
  };
  return (
    <>
      <button type="button" class={look} aria-haspopup="dialog" onClick={open}>{label}</button>
      {isOpen && (
        <ConfirmDialog
          question={question}
          onClose={() => setOpen(false)}
          onDone={onDone}
        />
      )}
    </>
  );
}
