/** The port of the loopback interface that TLS passes through, and what hostile neighbours on the machine can do there. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { eventually, type Nsqd, pause, startNsqd, withDeadline } from "../harness/mod.ts";
import { type Certificates, makeCertificates, tlsFlags } from "./certificates.ts";
import { connectIdentified, expectOk, pub, send } from "./stream_client.ts";

/** More than the queue of a listener holds. */
const CROWD = 600;
const CLIENTS = 20;
/** Strangers that may get in before the port is closed to them; each keeps its descriptor until it leaves. */
const LET_IN = 4;
/** A client is served in this time, whoever else is at the port. */
const SERVED_MS = 15_000;

/**
 * Connects to a port from 127.0.0.2, from every port that the system is likely to give to a process that connects from
 * 127.0.0.1 next: whoever compares ports alone takes these connections for its own. Waits for the end of its stdin.
 */
const FROM_NEXT_DOOR = `
import socket, sys
port = int(sys.argv[1])
probe = socket.create_connection(("127.0.0.1", port))
near = probe.getsockname()[1]
held = []
for source in range(max(near - 400, 1024), min(near + 400, 65535)):
    each = socket.socket()
    try:
        each.bind(("127.0.0.2", source))
        each.setblocking(False)
        each.connect_ex(("127.0.0.1", port))
        held.append(each)
    except OSError:
        each.close()
print(len(held), flush=True)
sys.stdin.read()
`;

let certificates: Certificates;
Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
});
Deno.test.afterAll(() => certificates[Symbol.dispose]());

/** Runs a test against an nsqd of its own, and the port that its TLS passes through. */
function test(name: string, body: (nsqd: Nsqd, port: number) => Promise<void>): void {
  Deno.test(name, async () => {
    await using nsqd = await startNsqd({
      // One inner port, whatever the mode of the tests: with I/O threads each has its own.
      flags: [...tlsFlags(certificates), "--https-address=", "--io-threads=0"],
    });
    await publish(nsqd);
    const ports = innerPorts(nsqd);
    equal(ports.length, 1);
    await body(nsqd, ports[0]!);
  });
}

/** Ports that the process listens on at 127.0.0.1, as the kernel lists them. */
function listeningPorts(nsqd: Nsqd): number[] {
  const links = [...Deno.readDirSync(`/proc/${nsqd.pid}/fd`)].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${nsqd.pid}/fd/${name}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return ""; // closed meanwhile
      throw error;
    }
  });
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const table = Deno.readTextFileSync("/proc/net/tcp");
  return [...table.matchAll(/ 0100007F:([0-9A-F]{4}) \S+ 0A (?:\S+\s+){5}(\d+)/g)]
    .filter(([, , inode]) => inodes.has(inode))
    .map(([, port]) => parseInt(port!, 16));
}

/** Those that are not for clients. */
function innerPorts(nsqd: Nsqd): number[] {
  const outer = [nsqd.tcpPort, nsqd.httpPort];
  return listeningPorts(nsqd).filter((port) => !outer.includes(port));
}

/** Publishes one message over TLS. */
async function publish(nsqd: Nsqd): Promise<void> {
  const { conn } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
  const caCerts = [await Deno.readTextFile(certificates.ca)];
  using tls = await Deno.startTls(conn, { hostname: "localhost", caCerts });
  await expectOk(tls);
  await send(tls, pub("t", "hello"));
  await expectOk(tls);
}

async function publishAll(nsqd: Nsqd): Promise<void> {
  const { message_count: before } = await nsqd.topic("t");
  const published = Array.from({ length: CLIENTS }, () => publish(nsqd));
  await withDeadline(Promise.all(published), SERVED_MS, "clients beside strangers");
  equal((await nsqd.topic("t")).message_count, before + CLIENTS);
}

function openFiles(nsqd: Nsqd): number {
  return [...Deno.readDirSync(`/proc/${nsqd.pid}/fd`)].length;
}

/** Whether the other side has closed, with an end or a reset. */
async function isClosed(conn: Deno.TcpConn): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), 1000));
  const closed = conn.read(new Uint8Array(1)).then((count) => count === null, () => true);
  const answer = await Promise.race([closed, open]);
  clearTimeout(timer);
  conn.close();
  await closed;
  return answer;
}

test(
  "a crowd of silent strangers is turned away, costs no descriptors and holds up nobody",
  async (nsqd, port) => {
    const before = openFiles(nsqd);
    const crowd: Deno.TcpConn[] = [];
    const comeIn = async () => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => null);
      if (conn !== null) crowd.push(conn); // else the port is closed already
    };
    await Promise.all(Array.from({ length: CROWD }, comeIn));
    ok(crowd.length > 0);
    await publishAll(nsqd);
    await eventually(() => ok(openFiles(nsqd) <= before + LET_IN, `${openFiles(nsqd)} open files`));
    const closed = await Promise.all(crowd.map(isClosed));
    ok(closed.filter((each) => !each).length <= LET_IN);
  },
);

test("a stranger that speaks TLS gets no byte beyond its handshake", async (nsqd, port) => {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const caCerts = [await Deno.readTextFile(certificates.ca)];
  using tls = await Deno.startTls(conn, { hostname: "localhost", caCerts });
  equal(await tls.read(new Uint8Array(1)).catch(() => null), null);
  await publishAll(nsqd);
});

test("strangers that come and go all the time, wherever the port is, hold up nobody", async (nsqd) => {
  const stop = new AbortController();
  const comeAndGo = async () => {
    while (!stop.signal.aborted) {
      for (const each of innerPorts(nsqd)) {
        await Deno.connect({ hostname: "127.0.0.1", port: each }).then((c) => c.close(), () => {});
      }
      await pause(1);
    }
  };
  const visitor = comeAndGo();
  try {
    await publishAll(nsqd);
  } finally {
    stop.abort();
    await visitor;
  }
});

test(
  "a connection from another address with our port is not taken for ours",
  async (nsqd, port) => {
    const child = new Deno.Command("python3", {
      args: ["-c", FROM_NEXT_DOOR, String(port)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    ok(Number(new TextDecoder().decode(value)) > 300);
    await publishAll(nsqd);
    await child.stdin.close();
    while (!(await reader.read()).done);
    deepEqual((await child.status).code, 0);
  },
);
