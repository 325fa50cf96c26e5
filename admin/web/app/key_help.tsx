/** What the keyboard can do, asked for with `?`. */
import { useEffect, useState } from "preact/hooks";
import { Modal } from "./modal.tsx";

/** Said by `keys.ts` when somebody wants to know. */
export const HELP_EVENT = "nsq-help";

const KEYS: [keys: string[], does: string][] = [
  [["/"], "search"],
  [["j", "↓"], "next row (↓ once a row has the focus)"],
  [["k", "↑"], "previous row"],
  [["Enter"], "open what has the focus"],
  [["x"], "select the row, or not"],
  [["a"], "act on the selected rows"],
  [["g", "s"], "go to Streams; n for Nodes, c for Counter, l for Lookup, p for Policies"],
  [["p"], "hold the figures, or let them go on"],
  [["←", "→"], "the values of a chart that has the focus"],
  [["Tab"], "to everything that can be pressed"],
  [["Esc"], "close a dialog or menu"],
  [["?"], "this list"],
];

export function KeyHelp() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const open = () => setOpen(true);
    addEventListener(HELP_EVENT, open);
    return () => removeEventListener(HELP_EVENT, open);
  }, []);
  return isOpen ? <Keys onClose={() => setOpen(false)} /> : null;
}

function Keys({ onClose }: { onClose(): void }) {
  return (
    <Modal title="Keys" dismiss="Close" onClose={onClose}>
      <dl class="key-list">
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
