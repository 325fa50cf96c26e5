/** What all dialogs are: a window in front of the page, with a way out, and a button that does it. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";

/** The button that does what the dialog is about. */
export interface Submit {
  label: string;
  isDanger?: boolean;
  /** Whether it is under way. The button keeps the focus meanwhile, and does nothing. */
  isBusy?: boolean;
  /** Whether all that is needed is there; left out: it is. */
  mayDo?: boolean;
  run(): void;
}

interface ModalProps {
  title: string;
  isWide?: boolean;
  /** Left of the buttons. */
  aside?: ComponentChildren;
  /** On the button that closes it and does nothing. */
  dismiss?: string;
  submit?: Submit;
  /** Called once it is closed by the reader; whoever opened it takes it away then. */
  onClose(): void;
  children: ComponentChildren;
}

/**
 * The focus starts at the first field, else at the button that does it, or at the way out where
 * something would be lost. When it goes, the focus goes back to where it was.
 */
export function Modal(
  { title, isWide = false, aside, dismiss = "Cancel", submit, onClose, children }: ModalProps,
) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  const titleId = useId();
  useLayoutEffect(() => dialog.current!.showModal(), []); // at once: the next key is for it
  // Before it is taken away: then the focus would be nowhere, and effects are undone after that only.
  const keep = useCallback((element: HTMLDialogElement | null) => {
    if (element === null) {
      isGone.current = true;
      dialog.current?.close();
    }
    dialog.current = element;
  }, []);
  const mayDo = submit !== undefined && submit.mayDo !== false;
  return (
    <dialog
      ref={keep}
      class={isWide ? "wide" : ""}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault(); // Escape: now, not in an event of its own, as the next key may open it again
        onClose();
      }}
      onClose={() => isGone.current || onClose()}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (mayDo && !submit.isBusy) submit.run();
        }}
      >
        <h2 id={titleId}>{title}</h2>
        {children}
        <div class="buttons">
          {aside}
          <span class="spring" />
          <button
            type="button"
            onClick={onClose}
            autofocus={submit === undefined || submit.isDanger === true}
          >
            {dismiss}
          </button>
          {submit !== undefined && (
            <button
              type="submit"
              class={submit.isDanger ? "danger" : "primary"}
              disabled={!mayDo && !submit.isBusy}
              aria-disabled={submit.isBusy === true}
              autofocus={!submit.isDanger}
            >
              {submit.isBusy ? "Working…" : submit.label}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}

/** Whether what is on its way will still find its dialog; if not, its failure is said on the page. */
export function useIsGone(): () => boolean {
  const isGone = useRef(false);
  useEffect(() => () => void (isGone.current = true), []);
  return () => isGone.current;
}
