import { strictEqual as equal } from "node:assert/strict";
import {
  bytes,
  count,
  duration,
  nanoseconds,
  ordinal,
  plural,
  rate,
  shortCount,
} from "./format.ts";

Deno.test("numbers are written for people", () => {
  equal(count(1234567), "1,234,567");
  equal(shortCount(9999), "9,999");
  equal(shortCount(1234567), "1.2M");
  equal(plural(1, "message"), "1 message");
  equal(plural(1200, "message"), "1,200 messages");
  equal(rate(null), "–");
  equal(rate(0), "0");
  equal(rate(0.04), "<0.1");
  equal(rate(3.14), "3.1");
  equal(rate(314), "314");
});

Deno.test("sizes and times are written for people", () => {
  equal(bytes(999), "999 B");
  equal(bytes(1500), "1.5 KB");
  equal(bytes(123_456_789), "123 MB");
  equal(duration(0), "0 ms");
  equal(duration(9_900), "9.9 s");
  equal(duration(61_000), "1 min 1 s");
  equal(duration(3_600_000), "1 h");
  equal(duration(90_061_000), "1 d 1 h");
  equal(nanoseconds(999), "999 ns");
  equal(nanoseconds(1_500_000), "1.5 ms");
  equal(nanoseconds(90e9), "1 min 30 s");
});

Deno.test("ordinal names percentiles", () => {
  equal(ordinal(0.5), "50th");
  equal(ordinal(0.11), "11th");
  equal(ordinal(0.92), "92nd");
  equal(ordinal(0.999), "99.9th");
});
