/** What a user sees of `--io-threads` beside all that is as without: the other tests run in that mode, too (`NSQD_FLAGS`). */
import { match, ok, strictEqual as equal } from "node:assert/strict";
import { Client, nsqdSuite, runRefusedNsqd, TemporaryDirectory } from "../harness/mod.ts";

const CLIENTS = 12;

/** Exit code after flags that make no sense. */
const USAGE = 2;

/** What a broker says that does not start. */
async function refusal(flags: string[], expectedCode = 1): Promise<string> {
  using data = new TemporaryDirectory();
  const { code, stderr } = await runRefusedNsqd({ dataPath: data.path, flags });
  equal(code, expectedCode);
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

  test("/info tells how many there are", async (nsqd) => {
    equal((await (await nsqd.http("/info")).json()).io_threads, 2);
  });

  test("another broker does not share the port with it", async (nsqd) => {
    const flags = [`--tcp-address=127.0.0.1:${nsqd.tcpPort}`, "--io-threads=2"];
    match(await refusal(flags), /listen \(127.0.0.1:\d+\) failed - .*in use/);
  });
});

nsqdSuite(["--io-threads=auto"], (test) => {
  test("auto is a thread for each core but one, at most 8, and serves", async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.expectAlive();
    const { io_threads } = await (await nsqd.http("/info")).json();
    const expected = Deno.build.os === "linux" ? Math.min(navigator.hardwareConcurrency - 1, 8) : 0;
    equal(io_threads, expected);
  });
});

Deno.test("a Unix socket cannot have I/O threads", async () => {
  const said = await refusal(["--tcp-address=/nonexistent/socket", "--io-threads=1"], USAGE);
  match(said, /--io-threads: a Unix socket, as --tcp-address is, cannot have any/);
});

Deno.test("--io-threads takes numbers and auto, and nothing else", async () => {
  match(await refusal(["--io-threads=many"], USAGE), /io-threads/);
  match(await refusal(["--io-threads=65"], USAGE), /io-threads/);
});
