import assert from "node:assert/strict";
import type { Workload } from "./model.ts";
import { brokerCommands, parseOptions, select, selectRepeatable } from "./options.ts";

const workloads = ["disk-pub", "disk-consume", "diskless"].map((name): Workload => ({
  name,
  what: "",
  flags: [],
  metrics: [],
  measure: () => Promise.resolve({}),
}));

Deno.test("select takes a name, or a group by the start of its names", () => {
  const names = (only?: string[]) => select(workloads, only).map((workload) => workload.name);
  assert.deepEqual(names(), ["disk-pub", "disk-consume", "diskless"]);
  assert.deepEqual(names(["disk"]), ["disk-pub", "disk-consume"]);
  assert.deepEqual(names(["diskless", "disk-pub"]), ["disk-pub", "diskless"]);
  assert.throws(() => names(["nothing"]), /no workload "nothing"; there are disk-pub/);
});

Deno.test("selectRepeatable names what cannot be repeated, where that is asked for", () => {
  const pass = { full: 1, step: 1, run: () => Promise.resolve({}) };
  const some = workloads.map((each) => each.name === "diskless" ? each : { ...each, pass });
  const names = (only?: string[]) => selectRepeatable(some, only).map(({ name }) => name);
  assert.deepEqual(names(), ["disk-pub", "disk-consume"]);
  assert.deepEqual(names(["disk-pub"]), ["disk-pub"]);
  assert.throws(
    () => names(["disk", "diskless"]),
    /--bursts: cannot be repeated on one broker: diskless; can be: disk-pub disk-consume$/,
  );
});

Deno.test("parseOptions takes bursts and their seed", () => {
  const { bursts, seed } = parseOptions(["--bursts=20", "--seed=7", "--reference=nsqd"]);
  assert.deepEqual([bursts, seed], [20, 7]);
  const others = parseOptions([]);
  assert.equal(others.bursts, undefined);
  assert.ok(Number.isSafeInteger(others.seed));
});

Deno.test("parseOptions splits names and counts rounds", () => {
  const options = parseOptions(["--rounds", "5", "--only=mpub, pub2", "--quick"]);
  assert.equal(options.rounds, 5);
  assert.deepEqual(options.only, ["mpub", "pub2"]);
  assert.equal(options.quick, true);
  assert.equal(options.modes, undefined);
  assert.deepEqual(parseOptions(["--modes", "0,2,0,auto"]).modes, ["0", "2", "auto"]);
});

Deno.test("brokerCommands starts the source with the nsqd task's permissions", async () => {
  const [ours, ...others] = await brokerCommands(parseOptions([]));
  assert.equal(others.length, 0);
  assert.equal(ours?.argv[0], Deno.execPath());
  assert.match(ours!.argv.slice(-2).join(" "), /main\.ts nsqd$/);
  assert.ok(ours?.argv.includes("--allow-net"), ours?.argv.join(" "));
});

Deno.test("brokerCommands refuses an executable that is not there", async () => {
  const options = parseOptions(["--executable", "no/such/nsq"]);
  await assert.rejects(brokerCommands(options), /no executable at no\/such\/nsq/);
});
