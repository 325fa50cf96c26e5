/** How many questions a lookupd answers. */

import type { Workload } from "../model.ts";

const LOOKUPS = 100_000;
const WARM_UP_LOOKUPS = 10_000;

export const LOOKUP: Workload[] = [{
  name: "lookup",
  what: "/lookup of 1,000 topics × 20 producers, 8 connections",
  role: "lookupd",
  flags: [],
  metrics: [{ name: "lookup", unit: "answers/s", target: { kind: "ratio", op: ">=", value: 1 } }],
  async measure(bench) {
    await bench.lookups(WARM_UP_LOOKUPS);
    return { lookup: await bench.lookups(bench.count(LOOKUPS)) };
  },
}];
