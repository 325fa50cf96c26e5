import { deepStrictEqual as equal } from "node:assert/strict";
import { equalShare, ReadyDistributor, type ReadyLink } from "./ready.ts";

const IDLE_MS = 10_000, LOW_RDY_MS = 30_000;

class FakeLink implements ReadyLink {
  rdy = 0;
  lastRdyMs = 0;
  lastMessageMs = 0;
  isClosing = false;
  readonly sent: number[] = [];

  constructor(readonly maxRdy = 2500) {}

  sendRdy(count: number): void {
    this.sent.push(count);
  }
}

function distributor(maxInFlight: number, linkCount: number) {
  const time = { nowMs: 1 };
  const rdy = new ReadyDistributor({
    maxInFlight,
    lowRdyIdleTimeoutMs: IDLE_MS,
    lowRdyTimeoutMs: LOW_RDY_MS,
    nowMs: () => time.nowMs,
    random: () => 0,
  });
  const links = Array.from({ length: linkCount }, () => new FakeLink());
  for (const link of links) rdy.add(link);
  return { rdy, links, time, counts: () => links.map((link) => link.rdy) };
}

Deno.test("equalShare divides without a rest, and gives nobody less than 1 of something", () => {
  const cases: [number, number, number][] = [[100, 3, 33], [1, 1, 1], [2, 5, 1], [0, 3, 0], [
    7,
    7,
    1,
  ]];
  for (const [maxInFlight, links, share] of cases) equal(equalShare(maxInFlight, links), share);
});

Deno.test("ReadyDistributor lowers the others before it raises a new link, and never exceeds the limit", () => {
  const { rdy, links, counts } = distributor(10, 1);
  equal(counts(), [10]);
  const second = new FakeLink();
  rdy.add(second);
  equal([links[0]!.sent, second.sent], [[10, 5], [5]]);
  rdy.remove(links[0]!);
  equal(second.sent, [5, 10]);
});

Deno.test("ReadyDistributor sends no count that nsqd would refuse, and none twice", () => {
  const { rdy } = distributor(5000, 0);
  const link = new FakeLink(2500);
  rdy.add(link);
  rdy.share();
  equal(link.sent, [2500]);
});

Deno.test("ReadyDistributor tells a link that is closing nothing more", () => {
  const { rdy, links } = distributor(10, 2);
  links[0]!.isClosing = true;
  rdy.maxInFlight = 4;
  equal([links[0]!.sent, links[1]!.sent.at(-1)], [[10, 5], 2]);
});

Deno.test("ReadyDistributor with more links than messages gives 1 to some, and moves it when they are idle", () => {
  const { rdy, links, time, counts } = distributor(2, 4);
  equal(counts(), [1, 1, 0, 0]);
  time.nowMs += IDLE_MS;
  links[0]!.lastMessageMs = links[1]!.lastMessageMs = time.nowMs;
  rdy.redistribute();
  equal(counts(), [1, 1, 0, 0]);
  time.nowMs += IDLE_MS + 1;
  links[0]!.lastMessageMs = time.nowMs;
  rdy.redistribute();
  equal(counts(), [1, 0, 1, 0]);
});

Deno.test("ReadyDistributor takes RDY from a busy link that has had it for long", () => {
  const { rdy, links, time, counts } = distributor(1, 2);
  time.nowMs += LOW_RDY_MS + 1;
  links[0]!.lastMessageMs = time.nowMs;
  rdy.redistribute();
  equal(counts(), [0, 1]);
});

Deno.test("ReadyDistributor with enough for all leaves idle links alone", () => {
  const { rdy, time, counts } = distributor(4, 2);
  time.nowMs += 10 * LOW_RDY_MS;
  rdy.redistribute();
  equal(counts(), [2, 2]);
});

Deno.test("ReadyDistributor lets one message come while testing, and another link take over", () => {
  const { rdy, links, counts } = distributor(100, 2);
  rdy.pause();
  equal(counts(), [0, 0]);
  rdy.share();
  rdy.redistribute();
  equal(counts(), [0, 0]);
  equal(rdy.test(), true);
  equal(counts(), [1, 0]);
  rdy.remove(links[0]!);
  equal(links[1]!.rdy, 1);
  rdy.add(new FakeLink());
  equal(rdy.total, 1);
  rdy.resume();
  equal(rdy.total, 100);
});

Deno.test("ReadyDistributor cannot test without a link, and does with the next one", () => {
  const { rdy, links } = distributor(5, 1);
  rdy.pause();
  equal(rdy.test(), true);
  rdy.remove(links[0]!);
  equal(rdy.test(), false);
  const link = new FakeLink();
  rdy.add(link);
  equal(link.rdy, 1);
});

Deno.test("ReadyDistributor with 0 in flight asks for nothing", () => {
  const { rdy, counts } = distributor(10, 3);
  rdy.maxInFlight = 0;
  equal(counts(), [0, 0, 0]);
  rdy.redistribute();
  equal(counts(), [0, 0, 0]);
});
