/** A button that asks before it does something that is no deed to a topic or channel. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { reasonOf } from "./api.ts";
import { ConfirmField } from "./confirm_field.tsx";
import { Modal, useIsGone } from "./modal.tsx";
import { notify } from "./notice.tsx";

interface AskProps {
  label: string;
  title: string;
  /** What comes of it. */
  effect: ComponentChildren;
  /** Must be typed first, where much is lost. */
  toType?: string;
  isDestructive?: boolean;
  /** Whether it stands beside a page's title. */
  isLarge?: boolean;
  /** @throws Error that is shown; the dialog stays open then */
  run(): Promise<void>;
  onDone(): void;
}

export function Ask(props: AskProps) {
  const [isOpen, setOpen] = useState(false);
  const { label, isDestructive, isLarge, toType } = props;
  const isRed = isDestructive || toType !== undefined;
  return (
    <>
      <button
        type="button"
        class={`${isRed ? "danger-quiet" : ""} ${isLarge ? "" : "small"}`}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {isOpen && <AskDialog {...props} isRed={isRed} onClose={() => setOpen(false)} />}
    </>
  );
}

function AskDialog(
  { label, title, effect, toType, isRed, run, onDone, onClose }: AskProps & {
    isRed: boolean;
    onClose(): void;
  },
) {
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const isGone = useIsGone();
  const doIt = async () => {
    setBusy(true);
    try {
      await run();
      onClose();
      onDone();
    } catch (failure) {
      if (isGone()) notify(`${title}: ${reasonOf(failure)}`, "error");
      setError(reasonOf(failure));
      setBusy(false);
    }
  };
  return (
    <Modal
      title={title}
      submit={{
        label: label.replace(/…$/, ""),
        isDanger: isRed,
        isBusy,
        mayDo: toType === undefined || typed === toType,
        run: () => void doIt(),
      }}
      onClose={onClose}
    >
      <div class={isRed ? "loss" : "effect"}>{effect}</div>
      {toType !== undefined && <ConfirmField word={toType} typed={typed} onTyped={setTyped} />}
      {error !== "" && <p class="note error" role="alert">{error}</p>}
    </Modal>
  );
}
