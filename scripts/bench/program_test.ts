import assert from "node:assert/strict";
import { WorkloadFailure } from "./failure.ts";
import { startTool } from "./program.ts";
import { Resources } from "./resources.ts";

const POLL_MS = 5;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

Deno.test("startTool's tool tells its memory and ends when it is told to", async () => {
  const resources = new Resources();
  const ready = `${await resources.tempDir()}/ready`;
  const script = `trap 'exit 0' TERM; : > "$0"; while :; do sleep 0.01; done`;
  const tool = startTool({ argv: ["sh", "-c", script] }, [ready], resources);
  await until(() => Deno.stat(ready).then(() => true, () => false));
  assert.ok(await tool.peakRssBytes() > 0);
  assert.equal(tool.hasEnded(), false);
  await tool.stop();
  assert.equal(tool.hasEnded(), true);
  await resources.releaseAll();
});

Deno.test("startTool's tool that fails is a failure of the workload, with its words", async () => {
  const argv = ["sh", "-c", "echo disk is full >&2; exit 1"];
  const tool = startTool({ argv }, [], new Resources());
  await until(() => tool.hasEnded());
  await assert.rejects(
    tool.stop(),
    (error) => error instanceof WorkloadFailure && /ended with 1: disk is full/.test(error.message),
  );
});
