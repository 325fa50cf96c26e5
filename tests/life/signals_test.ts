/** Every signal that ends a daemon ends it in order; SIGUSR2 has it read its files again (reload_test.ts). */
import { deepEqual, equal } from "../harness/assert.ts";
import { Client, eventually, startAdmin, startLookupd, startNsqd } from "../harness/mod.ts";
import { TemporaryDirectory } from "../harness/mod.ts";
import { ourCommand } from "../harness/target.ts";

const SIGNALS = [
  ...["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1"],
  ...["SIGALRM", "SIGVTALRM", "SIGXCPU", "SIGPWR"],
] as Deno.Signal[];

for (const signal of SIGNALS) {
  Deno.test(`${signal} puts a broker's memory on disk`, async () => {
    using directory = new TemporaryDirectory();
    {
      await using nsqd = await startNsqd({ dataPath: directory.path });
      await nsqd.create("t", "c");
      await nsqd.post("/mpub?topic=t", "one\ntwo\nthree");
      equal((await nsqd.topic("t")).backend_depth, 0, "all in memory");
      await nsqd.stop(signal);
    }
    await using again = await startNsqd({ dataPath: directory.path });
    using client = await Client.connect(again.tcpPort);
    await client.subscribe("t", "c", 3);
    const messages = await client.consume(3);
    deepEqual(messages.map(({ body }) => body).sort(), ["one", "three", "two"]);
  });

  Deno.test(`${signal} ends lookupd and console with exit code 0`, async () => {
    await using lookupd = await startLookupd();
    await lookupd.stop(signal);
    const flags = [`--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`];
    await using admin = await startAdmin({ flags });
    await admin.stop(signal);
  });
}

Deno.test("a broker that nohup started in a terminal outlives it", async () => {
  using directory = new TemporaryDirectory();
  // As nohup does it: SIGHUP is ignored, and stdin is /dev/null that cannot be read.
  const script = `trap "" HUP; exec 0>/dev/null; exec "$@"`;
  await using nsqd = await startNsqd({
    dataPath: directory.path,
    command: ["sh", "-c", script, "sh", ...ourCommand()],
  });
  Deno.kill(nsqd.pid, "SIGHUP");
  await nsqd.post("/pub?topic=t", "still here");
  await eventually(async () => equal((await nsqd.topic("t")).depth, 1));
});
