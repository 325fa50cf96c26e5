/**
 * Figures in Prometheus' text format.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */

import { setImmediate } from "node:timers/promises";
import { WholeResponse } from "../http/respond.ts";

/** The version of the text format that prom-client writes. */
const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** One figure: the values of the family's labels, in their order, and the value. */
export type Sample = readonly [labels: readonly string[], value: number];

/** All figures of one name. */
export interface MetricFamily {
  /** A counter's ends in `_total`, others in their unit, in base units: bytes, seconds. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly labels: readonly string[];
  readonly samples: Iterable<Sample>;
}

/** A family of one figure without labels. */
export function single(
  type: MetricFamily["type"],
  name: string,
  help: string,
  value: number,
): MetricFamily {
  return { type, name, help, labels: [], samples: [[[], value]] };
}

/** The families as the answer to a scrape, not compressed on the event loop that serves others. */
export async function metricsResponse(families: Iterable<MetricFamily>): Promise<Response> {
  const headers = { "Content-Type": CONTENT_TYPE, "Cache-Control": "no-transform" };
  return new WholeResponse(await prometheusText(families), { headers });
}

/**
 * Writes the families, one after the other, and lets everything else go on between two: with
 * thousands of topics all of them together would take a tenth of a second.
 */
export async function prometheusText(families: Iterable<MetricFamily>): Promise<string> {
  const parts: string[] = [];
  for (const family of families) {
    parts.push(await familyText(family));
    await setImmediate();
  }
  return parts.join("\n");
}

async function familyText({ name, help, type, labels, samples }: MetricFamily): Promise<string> {
  const { Counter, Gauge, Registry } = await import("prom-client"); // only where somebody asks
  const registry = new Registry();
  const Metric = type === "counter" ? Counter : Gauge;
  const metric = new Metric({ name, help, labelNames: [...labels], registers: [registry] });
  for (const [values, value] of samples) {
    if (labels.length === 0) metric.inc(value);
    else metric.labels(...values).inc(value);
  }
  return await registry.metrics();
}
