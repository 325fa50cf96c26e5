import { strictEqual as equal } from "node:assert/strict";
import { NOTHING_WAITS, TopicState } from "./topic_state.ts";

Deno.test("events that a snapshot knows already make no message wait that was handed on", () => {
  const state = new TopicState();
  state.setWaitingFrom(NOTHING_WAITS);
  state.defer(7, 5000); // there is a channel in memory, which the journal does not know
  state.setWaitingFrom(8); // it has gone
  state.defer(8, 6000);
  equal(state.waitingDeferred.size, 1);
  // What is read after a kill: a snapshot of all that, and the events after it, as they were in one commit with it.
  state.defer(7, 5000);
  state.setWaitingFrom(8);
  state.defer(8, 6000);
  equal(state.waitingDeferred.size, 1, "the first of them is nobody's");
  equal(state.waitingDeferred.dueMs(8), 6000);
});
