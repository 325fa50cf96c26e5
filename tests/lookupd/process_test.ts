/** How lookupd starts, forgets, copes with many and ends. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { eventually, lookupdCommand, projectFolder, Registrant } from "../harness/mod.ts";
import { startLookupd } from "../harness/mod.ts";

Deno.test("lookupd ends with 0 on SIGTERM and SIGINT, with connections open", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using lookupd = await startLookupd();
    using registrant = await Registrant.identified(lookupd.tcpPort, "a");
    await lookupd.stop(signal);
    equal(await registrant.answer(), undefined);
  }
});

Deno.test("lookupd refuses an address that is taken, in one line with exit code 1", async () => {
  await using lookupd = await startLookupd();
  const [executable = "", ...args] = lookupdCommand();
  for (const [taken, port] of [["tcp", lookupd.tcpPort], ["http", lookupd.httpPort]] as const) {
    const free = taken === "tcp" ? "http" : "tcp";
    const { code, stderr } = await new Deno.Command(executable, {
      args: [...args, `--${taken}-address=127.0.0.1:${port}`, `--${free}-address=127.0.0.1:0`],
      cwd: projectFolder,
    }).output();
    equal(code, 1);
    match(new TextDecoder().decode(stderr), /FATAL: listen \(127\.0\.0\.1:\d+\) failed - .*\n$/);
  }
});

Deno.test("--inactive-producer-timeout leaves out who does not ping", async () => {
  await using lookupd = await startLookupd({ flags: ["--inactive-producer-timeout=300ms"] });
  using a = await Registrant.identified(lookupd.tcpPort, "a");
  await a.command("REGISTER t");
  deepEqual(await lookupd.producers("t"), ["a"]);
  await eventually(async () => deepEqual(await lookupd.producers("t"), []));
  deepEqual(await lookupd.nodes(), []);
  await a.command("PING");
  deepEqual(await lookupd.producers("t"), ["a"]);
});

Deno.test("--tombstone-lifetime brings a hidden producer back", async () => {
  await using lookupd = await startLookupd({ flags: ["--tombstone-lifetime=300ms"] });
  using a = await Registrant.identified(lookupd.tcpPort, "a");
  await a.command("REGISTER t");
  const path = "/topic/tombstone?topic=t&node=a:4151";
  await lookupd.post(path);
  deepEqual(await lookupd.producers("t"), []);
  await eventually(async () => deepEqual(await lookupd.producers("t"), ["a"]));
});

Deno.test("a peer that says nothing holds up nobody", async () => {
  await using lookupd = await startLookupd();
  using _silent = await Registrant.connect(lookupd.tcpPort, "");
  using halfway = await Registrant.connect(lookupd.tcpPort);
  await halfway.send("IDENTIFY\n\0\0");
  using a = await Registrant.identified(lookupd.tcpPort, "a");
  await a.command("REGISTER t");
  deepEqual(await lookupd.producers("t"), ["a"]);
});
