/** A policy that destroys messages says so before it is applied; a policy can make topics durable, and retain. */
import { deepEqual, equal } from "../harness/assert.ts";
import { pause } from "../harness/eventually.ts";
import { betterThanReference, type Nsqd, startNsqd, TemporaryDirectory } from "../harness/mod.ts";
import { getJson, putPolicy } from "./support.ts";

async function dryRun(nsqd: Nsqd, topic: string, set: Record<string, unknown>) {
  const response = await nsqd.http("/policy/put?dry_run=true", {
    method: "POST",
    body: JSON.stringify({ name: "p", topic, set }),
  });
  const answered = await response.json();
  equal(response.status, 200, JSON.stringify(answered));
  return [answered.would_drop, answered.would_dead_letter];
}

betterThanReference("a dry run says how many messages would go", async () => {
  await using nsqd = await startNsqd({ flags: ["--durable=durable*", "--mem-queue-size=10"] });
  for (const topic of ["ordinary", "durable"]) {
    await nsqd.create(topic, "a", "b");
    await nsqd.post(`/mpub?topic=${topic}`, Array(30).fill("x".repeat(100)).join("\n"));
    await pause(200);
    const betweenMs = Date.now();
    await pause(1000); // an answer may take so long
    await nsqd.post(`/mpub?topic=${topic}`, Array(12).fill("y".repeat(100)).join("\n"));
    const drop = (more: Record<string, unknown>) => dryRun(nsqd, topic, more);
    const age = () => ({ max_age: `${Date.now() - betweenMs}ms` });
    deepEqual(await drop({ max_age: "1h", max_depth: 42, max_bytes: 4200 }), [0, 0]);
    deepEqual(await drop(age()), [60, 0]);
    deepEqual(await drop({ ...age(), expired: "dead_letter" }), [0, 60]);
    deepEqual(await drop({ ...age(), expired: "dead_letter", dead_letter: "drop" }), [60, 0]);
    deepEqual(await drop({ max_depth: 2 }), [0, 0]); // it refuses
    deepEqual(await drop({ max_depth: 2, overflow: "drop_oldest" }), [80, 0]);
    deepEqual(await drop({ max_depth: 2, overflow: "dead_letter" }), [0, 80]);
    deepEqual(await drop({ max_bytes: 2100, overflow: "drop_oldest" }), [42, 0]);
    deepEqual(await drop({ ...age(), max_depth: 2, overflow: "dead_letter" }), [60, 20]);
    equal((await nsqd.channel(topic, "a")).depth, 42);
  }
});

betterThanReference("a policy makes topics durable, or not, and beats the flags", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  const flags = ["--durable=flag.*", "--retain-age=1h"];
  const isDurable = async (nsqd: Nsqd, topic: string) =>
    (await nsqd.topic(topic) as { durable?: boolean }).durable ?? false;
  const fields = async (nsqd: Nsqd, topic: string) => {
    const { fields } = await getJson<{ fields: Record<string, unknown> }>(
      nsqd,
      `/policy/effective?topic=${topic}`,
    );
    return [fields.durable, fields.retain_age];
  };
  {
    await using nsqd = await startNsqd({ dataPath, flags });
    await nsqd.create("flag.a", "ch");
    await nsqd.create("b", "ch");
    await nsqd.post("/pub?topic=b", "before");
    deepEqual(await fields(nsqd, "flag.a"), [
      { value: true, policy: null },
      { value: "1h0m0s", policy: null },
    ]);
    const answered = await putPolicy(nsqd, {
      name: "p",
      topic: "b*",
      set: { durable: true, retain_age: "2h" },
    });
    deepEqual(answered.at_next_start, []);
    const ending = { name: "q", topic: "flag.a", set: { durable: false } };
    deepEqual((await putPolicy(nsqd, ending)).at_next_start, ["flag.a"]);
    deepEqual(await fields(nsqd, "b"), [
      { value: true, policy: "p" },
      { value: "2h", policy: "p" },
    ]);
    await nsqd.create("bb", "ch");
    equal(await isDurable(nsqd, "bb"), true);
    equal(await isDurable(nsqd, "b"), true);
    equal(await isDurable(nsqd, "flag.a"), true); // until the next start
    await nsqd.post("/pub?topic=bb", "kept");
    await nsqd.stop();
  }
  await using nsqd = await startNsqd({ dataPath, flags });
  equal(await isDurable(nsqd, "b"), true);
  equal(await isDurable(nsqd, "flag.a"), false);
  equal((await nsqd.channel("b", "ch")).depth, 1);
  equal((await nsqd.channel("bb", "ch")).depth, 1);
  await nsqd.post("/channel/create?topic=bb&channel=late&from=earliest");
  equal((await nsqd.channel("bb", "late")).depth, 1);
});
