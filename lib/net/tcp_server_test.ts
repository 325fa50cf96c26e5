import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { ListenAddress } from "./listen_address.ts";
import { createLogger } from "../log/logger.ts";
import type { Peer } from "./peer.ts";
import { acceptHere, type ServedConnection, TcpServer } from "./tcp_server.ts";

/** Sends every byte back. */
class Echo implements ServedConnection {
  readonly ended = Promise.withResolvers<void>();

  constructor(readonly socket: Deno.TcpConn | Deno.UnixConn, readonly peer: Peer) {}

  async run(): Promise<void> {
    const bytes = new Uint8Array(10);
    for (;;) {
      const count = await this.socket.read(bytes).catch(() => null); // closed by the server
      if (count === null) break;
      await this.socket.write(bytes.subarray(0, count));
    }
    this.ended.resolve();
  }

  close(): void {
    this.socket.close();
  }
}

function listen(at: ListenAddress) {
  const logged: string[] = [];
  const write = (line: Uint8Array) => void logged.push(new TextDecoder().decode(line));
  const logger = createLogger({ level: 2, prefix: "", format: "text", write });
  const arrivals = acceptHere(at, { logger, nowMs: () => performance.now() });
  const server = new TcpServer(arrivals, (socket, peer) => new Echo(socket, peer));
  const address = { hostname: "127.0.0.1", port: server.port };
  return { server, connect: () => Deno.connect(address), logged };
}

const listenOnLoopback = () => listen({ transport: "tcp", hostname: "127.0.0.1", port: 0 });

/** What comes back for one byte; null when the connection has ended. */
async function echo(client: Deno.Conn): Promise<number | null> {
  await client.write(Uint8Array.of(7));
  return await client.read(new Uint8Array(10));
}

Deno.test("TcpServer serves connections and names their peers until they end", async () => {
  const { server, connect, logged } = listenOnLoopback();
  server.start();
  const client = await connect();
  equal(await echo(client), 1);
  const { port } = client.localAddr as Deno.NetAddr;
  const [connection] = server.connections;
  deepEqual(connection?.peer, { name: `127.0.0.1:${port}`, hostname: "127.0.0.1" });
  client.close();
  await connection?.ended.promise;
  await Promise.resolve(); // the server's turn
  equal(server.connections.size, 0);
  connection?.close();
  server.stopListening();
  await server.close();
  const address = `127.0.0.1:${server.port}`;
  const said = ["listening on", "closing"].map((what) => `INFO: TCP: ${what} ${address}\n`);
  deepEqual(logged.map((line) => line.slice(line.indexOf("INFO"))), said);
});

Deno.test("TcpServer stops listening first and closes its connections then", async () => {
  const { server, connect } = listenOnLoopback();
  server.start();
  using client = await connect();
  equal(await echo(client), 1);
  server.stopListening();
  const late = async () => {
    using client = await connect();
    return await echo(client);
  };
  equal(await late().catch(() => null), null); // refused or reset
  equal(await echo(client), 1);
  await server.close();
  equal(await client.read(new Uint8Array(1)), null);
});

Deno.test("TcpServer listens on a Unix socket, whose peers have no address", async () => {
  const directory = await Deno.makeTempDir({ prefix: "nsq-net-" });
  const path = `${directory}/socket`;
  const { server } = listen({ transport: "unix", path });
  server.start();
  using client = await Deno.connect({ transport: "unix", path });
  equal(await echo(client), 1);
  equal(server.port, -1);
  deepEqual([...server.connections].map(({ peer }) => peer), [{ name: "@", hostname: "" }]);
  server.stopListening();
  await server.close();
  await Deno.remove(directory, { recursive: true });
});
