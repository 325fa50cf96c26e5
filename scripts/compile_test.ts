import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { runtimeFlags } from "./compile.ts";

Deno.test("runtimeFlags keeps permissions and V8 flags of a task, and nothing else", () => {
  const command = "test -n x || export A=b; deno run --quiet --no-prompt --allow-net " +
    "--allow-sys=hostname,inspector --v8-flags=--expose-gc main.ts nsqd --log-level=debug";
  deepEqual(runtimeFlags(command), [
    "--no-prompt",
    "--allow-net",
    "--allow-sys=hostname,inspector",
    "--v8-flags=--expose-gc",
  ]);
});

Deno.test("runtimeFlags refuses a task that grants nothing", () => {
  throws(() => runtimeFlags("deno run main.ts"), /no permissions/);
});
