/** The span of time that all charts show. */
import type { HistoryView } from "../../console/contract.ts";
import { clock } from "./format.ts";
import { useKept } from "./kept.ts";

const RANGES = [
  { name: "5m", label: "5 min", words: "5 minutes" },
  { name: "15m", label: "15 min", words: "15 minutes" },
  { name: "1h", label: "1 h", words: "hour" },
  { name: "6h", label: "6 h", words: "6 hours" },
  { name: "24h", label: "24 h", words: "24 hours" },
];
const USUAL = RANGES[1]!;

/** The range that was chosen, as an address has it. */
export function useRange(): { name: string; words: string; choose(name: string): void } {
  const [kept, choose] = useKept("range");
  const { name, words } = RANGES.find((each) => each.name === kept) ?? USUAL;
  return { name, words, choose };
}

/** `path` with the range that was chosen. */
export function useRanged(path: string): string {
  const { name } = useRange();
  return `${path}${path.includes("?") ? "&" : "?"}range=${name}`;
}

/** Buttons, one a range; and since when anything is known, if that is less. */
export function RangePicker({ history }: { history: HistoryView }) {
  const { name, choose } = useRange();
  const first = firstKnown(history);
  return (
    <div class="range">
      <div role="group" aria-label="Span of the charts" class="choice">
        {RANGES.map((range) => (
          <button
            key={range.name}
            type="button"
            aria-pressed={range.name === name}
            onClick={() => choose(range.name)}
          >
            {range.label}
          </button>
        ))}
      </div>
      {first > 0 && (
        <span class="muted">
          known since {clock(history.endMs - (history.depth.length - 1 - first) * history.stepMs)}
        </span>
      )}
      {history.note !== undefined && <span class="note warning">{history.note}</span>}
    </div>
  );
}

/** Where the first point is of which anything is known; 0 when none is. */
function firstKnown({ depth, publish }: HistoryView): number {
  const at = depth.findIndex((value, at) => value !== null || publish[at] !== null);
  return Math.max(0, at);
}
