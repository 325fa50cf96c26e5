import assert from "node:assert/strict";
import { join } from "node:path";
import { TemporaryDirectory } from "../../tests/harness/mod.ts";
import { sourceCommand } from "../program.ts";
import { burstSize } from "./bursts.ts";
import { goVersion } from "./generator.ts";
import type { Report } from "./samples.ts";

const BENCH = join(import.meta.dirname!, "..", "bench.ts");
const hasGo = await goVersion().then(() => true, () => false);

Deno.test("burstSize is a third, in whole steps, and one step at least", () => {
  assert.equal(burstSize(1_200_000, 200), 400_000);
  assert.equal(burstSize(1_500_000, 400), 500_000);
  assert.equal(burstSize(1000, 300), 300);
  assert.equal(burstSize(500, 300), 300);
  assert.equal(burstSize(200, 1), 66);
});

/** Measures nine bursts of two workloads, of which the second publishes and consumes at once, against an nsqd that is this script. */
async function measure(script: string) {
  using folder = new TemporaryDirectory();
  const reference = join(folder.path, "nsqd"), json = join(folder.path, "report.json");
  await Deno.writeTextFile(reference, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", BENCH, "--quick", "--bursts=9", "--seed=7"],
      ...["--only=pub2,fanout", `--reference=${reference}`, `--json=${json}`],
    ],
  }).output();
  const text = new TextDecoder();
  return {
    code,
    stdout: text.decode(stdout),
    stderr: text.decode(stderr),
    report: JSON.parse(await Deno.readTextFile(json)) as Report,
  };
}

Deno.test({
  name: "bench --bursts measures pairs on two brokers that stay up, and then on two others",
  ignore: !hasGo,
  async fn() {
    const source = sourceCommand().map((argument) => `'${argument}'`).join(" ");
    const { code, stdout, stderr, report } = await measure(`exec ${source} "$@"`);
    assert.equal(code, 0, stderr);
    assert.deepEqual(report.bursts, { count: 9, seed: 7 });
    assert.deepEqual(report.rows.map(({ metric }) => metric), ["pub2", "fanout"]);
    for (const { ours, reference, cpu } of report.rows) {
      for (const samples of [ours, reference, cpu.ours, cpu.reference]) {
        assert.equal(samples.length, 9);
      }
      assert.ok([...cpu.ours, ...cpu.reference].every(({ core, all }) => 0 < core && core <= all));
    }
    assert.match(stdout, /^- bursts: 9 in turn, in random order \(seed 7\)/m);
    assert.match(stdout, /^\| fanout \| msg\/s \|.* \| \d+\.\d{3} \| \S+ to \S+ \|$/m);
    const first = [...stderr.matchAll(/^pub2 \d\/9 (ours|reference): /gm)].map(([, side]) => side);
    assert.equal(first.length, 9, stderr);
    assert.deepEqual(new Set(first), new Set(["ours", "reference"]));
  },
});

Deno.test({
  name: "bench --bursts says which side failed",
  ignore: !hasGo,
  async fn() {
    const { code, stdout, report } = await measure("echo no such disk >&2; exit 1");
    assert.equal(code, 1);
    assert.match(stdout, /^\| pub2 \| msg\/s \| \*\*FAILED\*\* \|/m);
    assert.match(stdout, /^- \*\*FAILED\*\* fanout, reference: the broker ended$/m);
    assert.match(report.failures[0]!.reason, /no such disk/);
  },
});
