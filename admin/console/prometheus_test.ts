import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { Prometheus } from "./prometheus.ts";

/** A Prometheus that answers each query with one point, and tells what it was asked. */
function standIn(answer: (query: string) => unknown) {
  const asked: URLSearchParams[] = [];
  const client = {
    get: (url: string) => {
      const { pathname, searchParams } = new URL(url);
      equal(pathname, "/prom/api/v1/query_range");
      asked.push(searchParams);
      return Promise.resolve(answer(searchParams.get("query")!));
    },
  };
  return { asked, prometheus: new Prometheus("http://p:9090/prom/", client, () => 0) };
}

const TIMES = { endMs: 3_600_000, stepMs: 30_000 };

Deno.test("Prometheus gives points at the times that were asked for", async () => {
  const values = [[3570, "2"], [3600, "NaN"]];
  const { asked, prometheus } = standIn(() => ({ data: { result: [{ values }] } }));
  const view = await prometheus.view({ topic: 'a"b', channel: "c" }, TIMES, 3);
  deepEqual(view.publish, [null, 2, null]);
  deepEqual([view.endMs, view.stepMs], [3_600_000, 30_000]);
  deepEqual([asked[0]!.get("start"), asked[0]!.get("step")], ["3540", "30"]);
  equal(
    asked[0]!.get("query"),
    'sum(rate(nsqd_channel_messages_total{topic="a\\"b",channel="c"}[120s]))',
  );
  await prometheus.view({ topic: 'a"b', channel: "c" }, TIMES, 3);
  equal(asked.length, 6, "once for all viewers");
});

Deno.test("Prometheus says why it has nothing, and is asked again", async () => {
  let isDown = true;
  const { prometheus } = standIn(() => {
    if (isDown) throw new Error("refused");
    return { data: { result: [] } };
  });
  await rejects(async () => await prometheus.view({}, TIMES, 2), /refused/);
  isDown = false;
  deepEqual((await prometheus.view({}, TIMES, 2)).depth, [null, null]);
});
