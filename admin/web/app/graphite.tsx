/** Graphs of graphite, where one is configured: names and parameters are those that nsqadmin asks for. */
import { useState } from "preact/hooks";
import type { GraphConfig } from "../page_config.ts";
import { config } from "./config.ts";
import { Section } from "./layout.tsx";

const SPANS = ["1h", "2h", "12h", "24h", "48h", "168h"];

const COUNTERS = ["requeue_count", "timeout_count", "message_count", "gc_runs"];

/** What a graph is about: `node` "*" for all of them. */
export type GraphOf =
  | { kind: "topic"; node: string; topic: string }
  | { kind: "channel"; node: string; topic: string; channel: string }
  | { kind: "node"; node: string }
  | { kind: "counter" };

const KEYS: Record<GraphOf["kind"], [key: string, title: string][]> = {
  topic: [["depth", "Depth"], ["message_count", "Messages"]],
  channel: [
    ["depth", "Depth"],
    ["in_flight_count", "In flight"],
    ["deferred_count", "Deferred"],
    ["requeue_count", "Requeued"],
    ["timeout_count", "Timed out"],
    ["message_count", "Messages"],
    ["clients", "Connections"],
  ],
  node: [
    ["*_bytes", "Memory"],
    ["gc_pause_*", "GC pauses"],
    ["gc_runs", "GC runs"],
    ["heap_objects", "Heap objects"],
  ],
  counter: [["message_count", "Messages"]],
};

/** All graphs of one thing; nothing where there is no graphite. */
export function GraphiteGraphs({ of }: { of: GraphOf }) {
  const [span, setSpan] = useState(SPANS[1]!);
  const { graph } = config;
  if (graph === null) return null;
  const chooser = (
    <label>
      Last{" "}
      <select value={span} onChange={(event) => setSpan(event.currentTarget.value)}>
        {SPANS.map((each) => <option key={each}>{each}</option>)}
      </select>
    </label>
  );
  return (
    <Section title="Graphite" aside={chooser}>
      <div class="graphs">
        {KEYS[of.kind].map(([key, title]) => {
          const href = graphUrl(graph, of, key, span);
          return (
            <figure key={key}>
              <figcaption>{title}</figcaption>
              <a href={href}>
                <img src={href} alt={`Graph of ${title}, last ${span}`} loading="lazy" />
              </a>
            </figure>
          );
        })}
      </div>
    </Section>
  );
}

function graphUrl(graph: GraphConfig, of: GraphOf, key: string, span: string): string {
  const isCounter = COUNTERS.includes(key);
  const interval = `${graph.statsdIntervalSec}sec`;
  const scaled = isCounter
    ? `scale(${targetOf(graph, of, key)},${1 / graph.statsdIntervalSec})`
    : targetOf(graph, of, key);
  const query = new URLSearchParams({
    target: `summarize(${scaled},"${interval}","avg")`,
    colorList: of.kind === "node" ? "red,green,blue,purple" : "blue",
    width: "800",
    height: "450",
    bgcolor: "ff000000",
    fgcolor: "999999",
    yMin: "0",
    lineMode: "connected",
    drawNullAsZero: "false",
    from: `-${span}`,
    until: "-1min",
  });
  return `${graph.url}/render?${query}`;
}

function targetOf(graph: GraphConfig, of: GraphOf, key: string): string {
  const node = of.kind === "counter" ? "*" : of.node;
  let prefix = graph.prefix.replaceAll("%s", node.replaceAll(/[.:]/g, "_"));
  if (!prefix.endsWith(".")) prefix += ".";
  const named = (name: string) => {
    const format = COUNTERS.includes(key) ? graph.counterFormat : graph.gaugeFormat;
    return format === "" ? name : format.replaceAll("%s", name);
  };
  switch (of.kind) {
    case "topic":
      return `sumSeries(${named(`${prefix}topic.${clean(of.topic)}.${key}`)})`;
    case "channel":
      return `sumSeries(${
        named(`${prefix}topic.${clean(of.topic)}.channel.${clean(of.channel)}.${key}`)
      })`;
    case "counter":
      return `sumSeries(${named(`${prefix}topic.*.channel.*.${key}`)})`;
    case "node": {
      const name = `${prefix}mem.${key}`;
      return named(key === "gc_runs" ? `movingAverage(${name},45)` : name);
    }
  }
}

/** As statsd itself makes names safe. */
function clean(name: string): string {
  return name.replaceAll(" ", "_").replaceAll("/", "-").replaceAll(/[^a-zA-Z0-9\-_.]/g, "");
}
