/** Asks before something is done, and says afterwards how it went. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ActionRequest } from "../../console/contract.ts";
import { type Action, asCurl } from "./api.ts";
import { ConfirmField } from "./confirm_field.tsx";
import { CopyButton } from "./copy_button.tsx";
import { OutcomeList, useDeed } from "./deed.tsx";
import { Modal } from "./modal.tsx";
import { notify } from "./notice.tsx";

/** Something that can be done, and what to tell about it before. */
export interface Question {
  /** Such as "Delete topic orders". */
  title: string;
  /** The word on the button that does it. */
  verb: string;
  request: ActionRequest;
  /** The same for a script. */
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
  /** Whether it has become pointless to ask: the dialog closes, unless it is being done. */
  isMoot: boolean;
  /** @param isDone whether it was done everywhere */
  onClose(isDone: boolean): void;
}

/** The dialog for one question; when it failed somewhere, it stays to say where. */
function ConfirmDialog({ question, isMoot, onClose }: DialogProps) {
  const [typed, setTyped] = useState("");
  const { title, verb, request, action, effect, nameToType, isDestructive = false } = question;
  const { isBusy, error, outcome, run, repeat } = useDeed(title, () => {
    notify(question.done);
    onClose(true);
  });
  const isBegun = isBusy || error !== "" || outcome !== null;
  useEffect(() => {
    if (isMoot && !isBegun) onClose(false);
  }, [isMoot && !isBegun]);
  return (
    <Modal
      title={title}
      aside={<CopyButton text={asCurl(action)} label="Copy as curl" />}
      dismiss={outcome === null ? "Cancel" : "Close"}
      submit={{
        label: outcome === null ? verb : "Repeat there",
        isDanger: isDestructive,
        isBusy,
        mayDo: outcome !== null || nameToType === undefined || typed === nameToType,
        run: () => void (outcome === null ? run(request) : repeat(request)),
      }}
      onClose={() => onClose(false)}
    >
      {outcome === null ? <div class="effect">{effect}</div> : <OutcomeList outcome={outcome} />}
      {nameToType !== undefined && outcome === null && (
        <ConfirmField word={nameToType} typed={typed} onTyped={setTyped} />
      )}
      {error !== "" && <p class="note error" role="alert">{error}</p>}
    </Modal>
  );
}

/**
 * A button that asks first. While the dialog is open its words follow the figures, as long as it is the same that is asked: whoever pauses something is not
 * asked all at once whether to unpause it. Somebody else's pause closes the dialog; that of its own does not before the answer has come.
 */
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
  /** Null while the dialog is closed. */
  const [asked, setAsked] = useState<Question | null>(null);
  const isMoot = asked !== null && asked.verb !== question.verb;
  const open = () => {
    setAsked(question);
    onAsk();
  };
  return (
    <>
      <button type="button" class={look} aria-haspopup="dialog" onClick={open}>{label}</button>
      {asked !== null && (
        <ConfirmDialog
          question={isMoot ? asked : question}
          isMoot={isMoot}
          onClose={(isDone) => {
            setAsked(null);
            (isDone ? onDone : onAsk)();
          }}
        />
      )}
    </>
  );
}
