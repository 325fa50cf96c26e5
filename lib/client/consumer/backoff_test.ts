import { deepStrictEqual as equal } from "node:assert/strict";
import { createLogger } from "../../log/logger.ts";
import { Backoff } from "./backoff.ts";
import type { BackoffStrategy } from "../options/options.ts";

function fixture(settings: { maxMs?: number; strategy?: BackoffStrategy } = {}) {
  const calls: string[] = [];
  let pending: (() => void) | null = null;
  const state = { hasLink: true };
  const backoff = new Backoff({
    strategy: settings.strategy ?? "exponential",
    multiplierMs: 1000,
    maxMs: settings.maxMs ?? 120_000,
    logger: createLogger({ level: 5, prefix: "", format: "text" }),
    pause: () => calls.push("pause"),
    test: () => {
      calls.push("test");
      return state.hasLink;
    },
    resume: () => calls.push("resume"),
    random: () => 0.5,
    schedule: (action, delayMs) => {
      calls.push(`wait ${delayMs}`);
      pending = action;
      return () => pending = null;
    },
  });
  const pass = () => {
    const action = pending;
    pending = null;
    action?.();
  };
  return { backoff, calls, pass, state };
}

Deno.test("Backoff doubles with each failed test and halves with each success", () => {
  const { backoff, calls, pass } = fixture();
  backoff.failed();
  pass();
  backoff.failed();
  pass();
  backoff.succeeded();
  pass();
  backoff.succeeded();
  equal(calls, [
    ...["pause", "wait 2000", "test"],
    ...["pause", "wait 4000", "test"],
    ...["pause", "wait 2000", "test"],
    "resume",
  ]);
});

Deno.test("Backoff counts one failure, however many messages fail while it waits", () => {
  const { backoff, calls } = fixture();
  for (let i = 0; i < 5; i++) backoff.failed();
  backoff.succeeded();
  equal(calls, ["pause", "wait 2000"]);
});

Deno.test("Backoff waits no longer than its limit", () => {
  const { backoff, calls, pass } = fixture({ maxMs: 5000 });
  for (let i = 0; i < 4; i++) {
    backoff.failed();
    pass();
  }
  equal(calls.filter((call) => call.startsWith("wait")), [
    "wait 2000",
    "wait 4000",
    "wait 4000",
    "wait 4000",
  ]);
});

Deno.test("Backoff with a limit of 0 does nothing", () => {
  const { backoff, calls } = fixture({ maxMs: 0 });
  backoff.failed();
  backoff.continued();
  equal(calls, []);
});

Deno.test("Backoff full_jitter waits a random part", () => {
  const { backoff, calls } = fixture({ strategy: "full_jitter" });
  backoff.failed();
  equal(calls, ["pause", "wait 1000"]);
});

Deno.test("Backoff stays on its level when a message is put off on purpose", () => {
  const { backoff, calls, pass } = fixture();
  backoff.continued();
  backoff.failed();
  pass();
  backoff.continued();
  equal(calls, ["pause", "wait 2000", "test", "pause", "wait 2000"]);
});

Deno.test("Backoff tries again after a second where there is no connection", () => {
  const { backoff, calls, pass, state } = fixture();
  state.hasLink = false;
  backoff.failed();
  pass();
  state.hasLink = true;
  pass();
  equal(calls, ["pause", "wait 2000", "test", "wait 1000", "test"]);
});
