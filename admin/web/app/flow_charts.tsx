/** What flows through something, and what waits, over the span that was chosen. */
import type { HistoryView } from "../../console/contract.ts";
import { Chart, type Line } from "./chart.tsx";
import { RangePicker } from "./range.tsx";

const FLOWS: { key: Line["look"]; label: string }[] = [
  { key: "publish", label: "published" },
  { key: "deliver", label: "delivered" },
  { key: "finish", label: "finished" },
  { key: "requeue", label: "requeued" },
  { key: "timeout", label: "timed out" },
];

/** @param held how much of the depth's end is what lost nodes had last */
export function FlowCharts(
  { history, held, depthTitle = "Depth", first = "published" }: {
    history: HistoryView;
    held?: number | undefined;
    depthTitle?: string;
    /** What coming in is called: a channel gets copies. */
    first?: string;
  },
) {
  const lines = FLOWS.map(({ key, label }): Line => ({
    label: key === "publish" ? first : label,
    points: history[key],
    look: key,
  }));
  return (
    <>
      <RangePicker history={history} />
      <div class="charts">
        <Chart title="Rates" unit="/s" times={history} lines={lines} />
        <Chart
          title={depthTitle}
          unit=""
          times={history}
          lines={[{ label: "waiting", points: history.depth, look: "depth", held }]}
        />
      </div>
    </>
  );
}
