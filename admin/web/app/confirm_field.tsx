import { useId } from "preact/hooks";

interface ConfirmFieldProps {
  /** What must be typed. */
  word: string;
  typed: string;
  onTyped(typed: string): void;
  inputmode?: "numeric";
}

/** Where something is lost for good, a word must be typed first. */
export function ConfirmField({ word, typed, onTyped, inputmode }: ConfirmFieldProps) {
  const hintId = useId();
  return (
    <label class="field">
      <span id={hintId}>
        Type <code>{word}</code> to confirm
      </span>
      <input
        value={typed}
        onInput={(event) => onTyped(event.currentTarget.value)}
        aria-labelledby={hintId}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        autofocus
        {...inputmode !== undefined && { inputmode }}
      />
    </label>
  );
}
