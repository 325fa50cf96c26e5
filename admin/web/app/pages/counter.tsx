/** One large number: messages that channels were handed, for a screen on the wall. */
import type { CounterView } from "../../../console/contract.ts";
import { Chart } from "../chart.tsx";
import { url } from "../config.ts";
import { count, rate } from "../format.ts";
import { GraphiteGraphs } from "../graphite.tsx";
import { Page } from "../layout.tsx";
import { useLive } from "../live.ts";
import { Table } from "../table.tsx";

export function CounterPage() {
  const live = useLive<CounterView>(url`/api/console/counter`);
  return (
    <Page title="Counter" live={live}>
      {(view) => (
        <>
          <p class="counter">
            <span class="big">{count(view.messages)}</span>
            <span>messages processed by channels, since the nodes started</span>
            <span class="muted">{rate(view.rate)} per second now</span>
          </p>
          <div class="charts">
            <Chart
              title="Processed"
              unit="/s"
              times={view.history}
              points={view.history.rate}
              colour="rate"
            />
          </div>
          <Table
            caption="Messages by node"
            rows={view.nodes}
            rowKey={(row) => row.node}
            columns={[
              {
                key: "node",
                label: "Node",
                value: (row) => row.node,
                cell: (row) => <a href={url`/nodes/${row.node}`}>{row.node}</a>,
              },
              {
                key: "messages",
                label: "Messages",
                isNumber: true,
                value: (row) => row.messages,
                cell: (row) => count(row.messages),
              },
              {
                key: "rate",
                label: "Rate /s",
                isNumber: true,
                value: (row) => row.rate,
                cell: (row) => rate(row.rate),
              },
            ]}
          />
          <GraphiteGraphs of={{ kind: "counter" }} />
        </>
      )}
    </Page>
  );
}
