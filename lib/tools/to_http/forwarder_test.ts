import { deepStrictEqual as deepEqual, rejects } from "node:assert/strict";
import { createHostPool } from "../host_pool.ts";
import { RequestTimings } from "../request_timings.ts";
import { type Destination, Forwarder, type ForwarderOptions } from "./forwarder.ts";

const BODY = new Uint8Array([1]);

/** Destinations that note who was sent a message; those in `failing` throw. */
function setUp(names: string, failing = "") {
  const sent: string[] = [], lines: string[] = [];
  const destinations = [...names].map((name): Destination => ({
    timings: new RequestTimings(name, 1, (line) => lines.push(line.split(" ")[0]!)),
    send(_body) {
      sent.push(name);
      return failing.includes(name)
        ? Promise.reject(new Error(`${name} fails`))
        : Promise.resolve();
    },
  }));
  const forwarder = (options: Partial<ForwarderOptions> = {}) =>
    new Forwarder({
      route: destinations,
      timings: new RequestTimings("all", 1, (line) => lines.push(line.split(" ")[0]!)),
      sample: 1,
      nowMs: () => 0,
      random: () => 0.5,
      ...options,
    });
  const pool = createHostPool("hostpool", destinations, { nowMs: () => 0, random: () => 0 });
  return { sent, lines, forwarder, pool };
}

Deno.test("Forwarder sends to all destinations of a list, in order", async () => {
  const { sent, lines, forwarder } = setUp("abc");
  await forwarder().forward(BODY);
  deepEqual(sent, ["a", "b", "c"]);
  deepEqual(lines, ["a", "b", "c", "all"]);
});

Deno.test("Forwarder fails with the first destination of a list that fails", async () => {
  const { sent, lines, forwarder } = setUp("abc", "b");
  await rejects(forwarder().forward(BODY), /b fails/);
  deepEqual(sent, ["a", "b"]);
  deepEqual(lines, ["a"]);
});

Deno.test("Forwarder sends to one destination of a pool, and tells the pool of failures", async () => {
  const { sent, lines, forwarder, pool } = setUp("ab", "b");
  const toOne = forwarder({ route: pool });
  await toOne.forward(BODY);
  await rejects(toOne.forward(BODY), /b fails/);
  await toOne.forward(BODY);
  await toOne.forward(BODY);
  deepEqual(sent, ["a", "b", "a", "a"]);
  deepEqual(lines, ["a", "all", "a", "all", "a", "all"]);
});

Deno.test("Forwarder sends its sample only", async () => {
  const { sent, forwarder } = setUp("a");
  const numbers = [0, 0.24, 0.25, 0.99];
  const sampling = forwarder({ sample: 0.25, random: () => numbers.shift()! });
  for (let i = 0; i < 4; i++) await sampling.forward(BODY);
  deepEqual(sent, ["a", "a"]);
});
