import assert from "node:assert/strict";
import { Heartbeat } from "./heartbeat.ts";

Deno.test("a heartbeat is due once an interval, in one rhythm, however late it is asked for", () => {
  const heartbeat = new Heartbeat();
  heartbeat.restart(100, 1000);
  assert.equal(heartbeat.isDue(1099), false);
  assert.equal(heartbeat.isDue(1100), true);
  assert.equal(heartbeat.isDue(1100), false);
  assert.equal(heartbeat.isDue(1450), true, "late");
  assert.equal(heartbeat.isDue(1499), false, "those that were missed are not sent");
  assert.equal(heartbeat.isDue(1500), true);
});

Deno.test("a client that was not heard for two intervals is overdue, and one looks in time for that", () => {
  const heartbeat = new Heartbeat();
  heartbeat.restart(100, 1000);
  assert.equal(heartbeat.nextLookMs(1000, 1000), 1100);
  assert.equal(heartbeat.isDue(1150), true);
  assert.equal(heartbeat.nextLookMs(1000, 1150), 1200, "both are due then");
  assert.equal(heartbeat.isOverdue(1000, 1199), false);
  assert.equal(heartbeat.isOverdue(1000, 1200), true);
  assert.equal(heartbeat.nextLookMs(970, 1170), 1200, "it is overdue already");
});

Deno.test("without an interval no heartbeat is ever due", () => {
  const heartbeat = new Heartbeat();
  heartbeat.restart(100, 1000);
  heartbeat.restart(0, 1000);
  assert.equal(heartbeat.isDue(1e12), false);
});
