import { match, ok, rejects, strictEqual as equal } from "node:assert/strict";
import { eventually, type Nsqd, startNsqd, TemporaryDirectory, TinyDisk } from "../harness/mod.ts";

async function health(nsqd: Nsqd, path: string): Promise<string> {
  const response = await nsqd.http(`/health/${path}`);
  return `${response.status} ${await response.text()}`;
}

Deno.test("/health/ready and /health/live answer 200 while all is well, and leave no log line", async () => {
  await using nsqd = await startNsqd();
  equal(await health(nsqd, "live"), "200 OK");
  equal(await health(nsqd, "ready"), "200 OK");
  await nsqd.stop();
  equal(nsqd.log().includes("/health/"), false);
});

Deno.test("/health/ready answers 503 with the reason while the disk fails, /health/live 200", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = `${directory.path}/data`, away = `${directory.path}/away`;
  await Deno.mkdir(dataPath);
  await using nsqd = await startNsqd({ dataPath, flags: ["--mem-queue-size=0"] });
  await nsqd.create("t");
  await Deno.rename(dataPath, away);
  const refused = await nsqd.http("/pub?topic=t", { method: "POST", body: "x" });
  equal(refused.status, 503);
  await refused.body?.cancel();
  match(await health(nsqd, "ready"), /^503 NOK - ./);
  equal(await health(nsqd, "live"), "200 OK");

  await Deno.rename(away, dataPath);
  await nsqd.post("/pub?topic=t", "x");
  equal(await health(nsqd, "ready"), "200 OK");
  await nsqd.stop();
});

Deno.test("/health/ready answers 200 once the disk has room again, though nobody publishes", async () => {
  await using disk = await TinyDisk.mount(4 * 1024 * 1024);
  if (disk === undefined) return;
  await using nsqd = await startNsqd({ dataPath: disk.path, flags: ["--mem-queue-size=0"] });
  const ballast = await disk.fill();
  const refused = await nsqd.http("/pub?topic=t", { method: "POST", body: "x" });
  await refused.body?.cancel();
  equal(refused.status, 503);
  for (let round = 0; round < 3; round++) {
    match(await health(nsqd, "ready"), /^503 NOK - .*no space left/);
  }
  const isProbeThere = () =>
    [...Deno.readDirSync(disk.path)].some(({ name }) => name === "health.probe");
  await eventually(() => equal(isProbeThere(), false)); // though the disk is full
  await Deno.remove(ballast);
  await eventually(async () => equal(await health(nsqd, "ready"), "200 OK"));
  await nsqd.post("/pub?topic=t", "x");
  equal(await health(nsqd, "ready"), "200 OK");
  equal(isProbeThere(), false);
});

Deno.test("what a broker left that was killed while it tried the disk is removed at the next start", async () => {
  using directory = new TemporaryDirectory();
  const probe = `${directory.path}/health.probe`;
  await Deno.writeFile(probe, new Uint8Array(1000));
  await using _nsqd = await startNsqd({ dataPath: directory.path });
  await rejects(Deno.stat(probe), Deno.errors.NotFound);
});

Deno.test("the room on the disk is told as it is, not as it was when somebody last asked", async () => {
  await using disk = await TinyDisk.mount(4 * 1024 * 1024);
  if (disk === undefined) return;
  await using nsqd = await startNsqd({ dataPath: disk.path });
  const told = async () => {
    const metrics = await (await nsqd.http("/metrics")).text();
    const [, inMetrics] = /^nsqd_disk_free_bytes (.*)$/m.exec(metrics) ?? [];
    const stats = await (await nsqd.http("/stats?format=json")).json();
    return [Number(inMetrics), stats.disk.free_bytes];
  };
  for (const free of await told()) ok(free > 3 * 1024 * 1024, String(free));
  const ballast = await disk.fill();
  for (const free of await told()) equal(free, 0);
  await Deno.remove(ballast);
  for (const free of await told()) ok(free > 3 * 1024 * 1024, String(free));
});
