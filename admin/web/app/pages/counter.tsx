/** One large number: messages that channels were handed, for a screen on the wall. */
import type { CounterView } from "../../../console/contract.ts";
import { Chart } from "../chart.tsx";
import { url } from "../config.ts";
import { Draining } from "../figures.tsx";
import { count, rate } from "../format.ts";
import { GraphiteGraphs } from "../graphite.tsx";
import { Figure, lackOf, Uncertainty } from "../lacking.tsx";
import { Page } from "../layout.tsx";
import { useLive } from "../live.ts";
import { RangePicker, useRanged } from "../range.tsx";
import { Table } from "../table.tsx";

export function CounterPage() {
  const live = useLive<CounterView>(useRanged(url`/api/console/counter`));
  return (
    <Page title="Counter" live={live}>
      {(view) => (
        <>
          <p class="counter">
            <span class="big">{isAnyKnown(view) ? count(view.messages) : "?"}</span>
            <span>messages processed by channels, since the nodes started</span>
            {view.lacking !== null && <span class="lack">{lackOf(view.lacking, "messages")}</span>}
            <span class="muted">{rateNow(view)}</span>
          </p>
          <RangePicker history={view.history} />
          <div class="charts">
            <Chart
              title="Processed"
              unit="/s"
              times={view.history}
              lines={[{ label: "processed", points: view.handedOut, look: "publish" }]}
            />
          </div>
          <Table
            caption="Messages by node"
            rows={view.nodes}
            rowKey={(row) => row.node}
            rowClass={({ lost }) => lost === null ? "" : "lost"}
            columns={[
              {
                key: "node",
                label: "Node",
                value: (row) => row.node,
                cell: (row) => (
                  <>
                    <a href={url`/nodes/${row.node}`}>{row.node}</a>{" "}
                    <Draining isDraining={row.isDraining} /> <Uncertainty row={row} />
                  </>
                ),
              },
              {
                key: "messages",
                label: "Messages",
                isNumber: true,
                value: (row) => row.messages,
                cell: (row) => <Figure row={row} value={row.messages} of="messages" />,
              },
              {
                key: "rate",
                label: "Rate /s",
                isNumber: true,
                value: (row) => row.rate ?? -1,
                cell: (row) => row.lost === null ? rate(row.rate) : "–",
              },
            ]}
          />
          <GraphiteGraphs of={{ kind: "counter" }} />
        </>
      )}
    </Page>
  );
}

function isAnyKnown({ nodes, listing }: CounterView): boolean {
  return nodes.some(({ lost }) => lost === null) ||
    nodes.length === 0 && listing.state === "fresh";
}

function rateNow(view: CounterView): string {
  if (!isAnyKnown(view)) return "not known how many come per second";
  if (view.rate === null) return "not known yet how many come per second";
  return `${rate(view.rate)} per second now` + (view.lacking === null ? "" : ", without it");
}
