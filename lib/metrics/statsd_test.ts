import { deepStrictEqual } from "node:assert/strict";
import { packDatagrams, StatsdLines } from "./statsd.ts";

function packed(lines: string[], maxBytes: number): string[] {
  return packDatagrams(lines, maxBytes).map((datagram) => new TextDecoder().decode(datagram));
}

Deno.test("StatsdLines writes counters and gauges as whole numbers under the prefix", () => {
  const out = new StatsdLines("nsq.host.");
  out.counter("a", 3);
  out.gauge("b", 1234567.89);
  deepStrictEqual(out.lines, ["nsq.host.a:3|c\n", "nsq.host.b:1234567|g\n"]);
});

Deno.test("packDatagrams fills datagrams with whole lines up to the limit", () => {
  deepStrictEqual(packed(["aaa\n", "bbb\n", "cc\n"], 8), ["aaa\nbbb\n", "cc\n"]);
  deepStrictEqual(packed(["aaa\n", "bbb\n", "cc\n"], 7), ["aaa\n", "bbb\ncc\n"]);
});

Deno.test("packDatagrams sends a line over the limit alone", () => {
  deepStrictEqual(packed(["a\n", "bbbbbb\n", "c\n"], 4), ["a\n", "bbbbbb\n", "c\n"]);
  deepStrictEqual(packed(["ä\n", "ö\n"], 5), ["ä\n", "ö\n"]);
  deepStrictEqual(packed([], 4), []);
});
