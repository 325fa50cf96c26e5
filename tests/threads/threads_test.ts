/** What a user sees of `--io-threads` beside all that is as without: the other tests run in that mode, too (`NSQD_FLAGS`). */
import { match, ok, strictEqual as equal } from "node:assert/strict";
import { Client, nsqdSuite, runRefusedNsqd, TemporaryDirectory } from "../harness/mod.ts";

const CLIENTS = 12;

/** What a broker says that does not start. */
async function refusal(flags: string[]): Promise<string> {
  using data = new TemporaryDirectory();
  const { code, stderr } = await runRefusedNsqd({ dataPath: data.path, flags });
  equal(code, 1);
  return stderr;
}

nsqdSuite(["--io-threads=2"], (test) => {
  test("/metrics tells of each thread, whose connections add up", async (nsqd) => {
    using clients = new DisposableStack();
    for (let i = 0; i < CLIENTS; i++) {
      await clients.use(await Client.connect(nsqd.tcpPort)).expectAlive();
    }
    const text = await (await nsqd.http("/metrics")).text();
    const values = (name: string) =>
      [...text.matchAll(new RegExp(`^${name}{thread="\\d"} (.*)$`, "gm"))].map(([, v]) =>
        Number(v)
      );
    const connections = values("nsqd_io_thread_connections");
    equal(connections.length, 2);
    equal(connections[0]! + connections[1]!, CLIENTS);
    const fills = [
      ...values("nsqd_io_thread_ring_in_ratio"),
      ...values("nsqd_io_thread_ring_out_ratio"),
    ];
    equal(fills.length, 4);
    ok(fills.every((fill) => fill >= 0 && fill <= 1), String(fills));
  });

  test("another broker does not share the port with it", async (nsqd) => {
    const flags = [`--tcp-address=127.0.0.1:${nsqd.tcpPort}`, "--io-threads=2"];
    match(await refusal(flags), /listen \(127.0.0.1:\d+\) failed - .*in use/);
  });
});

Deno.test("a Unix socket cannot have I/O threads, and the log says so", async () => {
  const said = await refusal(["--tcp-address=/nonexistent/socket", "--io-threads=1"]);
  match(said, /Unix socket cannot have --io-threads/);
});
