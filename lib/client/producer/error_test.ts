import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { PublishError, verdictOn } from "./error.ts";

Deno.test("PublishError says what is not known as soon as one attempt leaves it open", () => {
  const refused = { nsqd: "a:1", reason: "E_PUB_FAILED", acknowledged: false } as const;
  const lost = { nsqd: "b:1", reason: "connection closed", acknowledged: "unknown" } as const;
  equal(new PublishError("failed", []).acknowledged, false);
  equal(new PublishError("failed", [refused]).acknowledged, false);
  equal(new PublishError("failed", [refused, lost, refused]).acknowledged, "unknown");
});

Deno.test("PublishError lists each failure once, with how often it was met", () => {
  const refused = { nsqd: "a:1", reason: "refused", acknowledged: false } as const;
  const other = { nsqd: "b:1", reason: "timeout", acknowledged: false } as const;
  equal(
    new PublishError("failed", [refused, other, refused]).message,
    "failed: a:1: refused (2 times); b:1: timeout",
  );
});

Deno.test("verdictOn retries an nsqd's trouble, and nothing else", () => {
  deepEqual(
    [
      "E_PUB_FAILED PUB failed exiting",
      "E_DPUB_FAILED DPUB failed exiting",
      "E_MPUB_FAILED MPUB failed exiting",
      "E_MPUB_FAILED MPUB failed draining",
      "E_MPUB_FAILED MPUB failed channel t:ch is full, its max_depth is 2",
      "E_BAD_TOPIC PUB topic name is not valid",
      "E_UNAUTHORIZED AUTH failed",
      "E_INVALID invalid command",
    ].map(verdictOn),
    ["retry", "retry", "retry-unknown", "retry", "retry", "refused", "refused", "refused"],
  );
});
