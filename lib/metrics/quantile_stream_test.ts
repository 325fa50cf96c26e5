import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { quantilesOf, QuantileStream } from "./quantile_stream.ts";

const QUANTILES = [0.5, 0.95, 0.99, 0.999];

function streamOf(values: Iterable<number>, quantiles = QUANTILES): QuantileStream {
  const stream = new QuantileStream(quantiles);
  for (const value of values) stream.insert(value);
  return stream;
}

/** 1 to `count` in an order that is always the same and looks random. */
function shuffled(count: number): number[] {
  const values = Array.from({ length: count }, (_, at) => at + 1);
  let state = 1;
  for (let at = count - 1; at > 0; at--) {
    state = (state * 48271) % 0x7fffffff;
    const other = state % (at + 1);
    [values[at], values[other]] = [values[other]!, values[at]!];
  }
  return values;
}

Deno.test("quantilesOf gives 0 for a stream without values", () => {
  deepStrictEqual(quantilesOf([streamOf([])], QUANTILES), { count: 0, values: [0, 0, 0, 0] });
  deepStrictEqual(quantilesOf([], QUANTILES), { count: 0, values: [0, 0, 0, 0] });
});

Deno.test("quantilesOf is exact while all values are kept", () => {
  deepStrictEqual(quantilesOf([streamOf([7])], QUANTILES), { count: 1, values: [7, 7, 7, 7] });
  deepStrictEqual(quantilesOf([streamOf(shuffled(100))], QUANTILES), {
    count: 100,
    values: [50, 95, 99, 100],
  });
});

Deno.test("quantilesOf keeps within the allowed error of a long stream, whatever its order", () => {
  const count = 100_000;
  const ascending = shuffled(count).sort((a, b) => a - b);
  for (const values of [shuffled(count), ascending, ascending.toReversed()]) {
    const stream = streamOf(values);
    const found = quantilesOf([stream], QUANTILES);
    strictEqual(found.count, count);
    for (const [at, quantile] of QUANTILES.entries()) {
      const allowed = count * Math.min(0.01, 0.1 * (1 - quantile));
      const error = Math.abs(found.values[at]! - quantile * count);
      ok(error <= allowed, `quantile ${quantile} is off by ${error}`);
    }
    ok(stream.samples().length < 1000, `${stream.samples().length} samples`);
  }
});

Deno.test("quantilesOf keeps the largest value exactly", () => {
  for (const quantiles of [[1], [0.5, 1]]) {
    const streams = [streamOf(shuffled(10_000), quantiles), streamOf([3, 2, 1], quantiles)];
    strictEqual(quantilesOf(streams, quantiles).values.at(-1), 10_000);
  }
});

Deno.test("quantilesOf takes several streams together", () => {
  const low = streamOf(shuffled(1000));
  const high = streamOf(shuffled(1000).map((value) => value + 1000));
  const { count, values } = quantilesOf([high, low], QUANTILES);
  strictEqual(count, 2000);
  ok(Math.abs(values[0]! - 1000) <= 20, `median ${values[0]}`);
  ok(Math.abs(values[2]! - 1980) <= 20, `p99 ${values[2]}`);
});

Deno.test("QuantileStream.reset forgets everything", () => {
  const stream = streamOf(shuffled(1000));
  stream.reset();
  stream.insert(5);
  deepStrictEqual(quantilesOf([stream], [0.5]), { count: 1, values: [5] });
});
