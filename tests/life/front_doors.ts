/** Every listener of every daemon, and a question that it answers on a connection that stays open. */
import { joinHostPort } from "../../lib/net/host_port.ts";
import {
  Daemon,
  isReference,
  START_DEADLINE_MS,
  startAdmin,
  startLookupd,
  startNsqd,
} from "../harness/mod.ts";
import { projectFolder, targetCommand, TemporaryDirectory } from "../harness/mod.ts";
import { withDeadline } from "../harness/mod.ts";

const ANSWER_DEADLINE_MS = 30_000;

/** One listener of a running daemon. */
export interface FrontDoor {
  daemon: Daemon;
  connect(): Promise<Deno.Conn>;
  /** Asks once, and waits for the answer. Before the first time, `greet` is sent. */
  ask(conn: Deno.Conn): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How a protocol is spoken. */
interface Protocol {
  greeting: string;
  question: string;
  answer: RegExp;
}

const HTTP: Protocol = {
  greeting: "",
  question: "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
  answer: /^HTTP\/1\.1 200 [^]*OK$/,
};
const V2: Protocol = { greeting: "  V2", question: "PUB t\n\0\0\0\x01m", answer: /OK$/ };
const V1: Protocol = { greeting: "  V1", question: "PING\n", answer: /OK$/ };

/** A console must be told of something. */
const NO_BROKER = "--nsqd-http-address=127.0.0.1:1";

type Transport = "tcp" | "http";

/** Opens the front door of a daemon that runs already, or takes an address instead of its port. */
export function frontDoor(
  daemon: Daemon,
  transport: Transport,
  { hostname = "127.0.0.1", path }: { hostname?: string; path?: string } = {},
): FrontDoor {
  const tcp = daemon.role === "nsqlookupd" ? V1 : V2;
  const protocol = transport === "http" ? HTTP : tcp;
  const port = transport === "http" ? daemon.httpPort : daemon.tcpPort;
  const greeted = new WeakSet<Deno.Conn>();
  const connect = (): Promise<Deno.Conn> =>
    path === undefined
      ? Deno.connect({ hostname, port })
      : Deno.connect({ transport: "unix", path });
  const where = path ?? joinHostPort(hostname, port);
  return {
    daemon,
    connect,
    async ask(conn) {
      const greeting = greeted.has(conn) ? "" : protocol.greeting;
      greeted.add(conn);
      const asked = exchange(conn, greeting + protocol.question, protocol.answer);
      await withDeadline(asked, ANSWER_DEADLINE_MS, `answer of ${daemon.role} on ${where}`);
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

/** Starts a daemon for each listener that there is, by a name for tests. */
export const frontDoors: Record<string, () => Promise<FrontDoor>> = {
  "nsqd TCP": async () => frontDoor(await startNsqd(), "tcp"),
  "nsqd HTTP": async () => frontDoor(await startNsqd(), "http"),
  ...!isReference && {
    "nsqd HTTP in I/O threads": async () =>
      frontDoor(await startNsqd({ flags: ["--io-threads=2"] }), "http"),
  },
  "nsqd TCP on a Unix socket": () => unixNsqd("tcp"),
  "nsqd HTTP on a Unix socket": () => unixNsqd("http"),
  "lookupd TCP": async () => frontDoor(await startLookupd(), "tcp"),
  "lookupd HTTP": async () => frontDoor(await startLookupd(), "http"),
  "admin HTTP": async () => frontDoor(await startAdmin({ flags: [NO_BROKER] }), "http"),
};

/** A broker that listens on Unix sockets. */
async function unixNsqd(transport: Transport): Promise<FrontDoor> {
  const directory = new TemporaryDirectory();
  const [executable, ...first] = targetCommand() as [string, ...string[]];
  const path = (each: Transport) => `${directory.path}/${each}`;
  const addresses = [`--tcp-address=${path("tcp")}`, `--http-address=${path("http")}`];
  if (!isReference) addresses.push("--io-threads=0"); // a Unix socket has none, whatever the mode
  const child = new Deno.Command(executable, {
    args: [...first, `--data-path=${directory.path}`, ...addresses],
    cwd: projectFolder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const daemon = new Daemon("nsqd", child);
  await daemon.waitForLog(/ TCP: listening on /, START_DEADLINE_MS);
  return {
    ...frontDoor(daemon, transport, { path: path(transport) }),
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

async function exchange(conn: Deno.Conn, question: string, answer: RegExp): Promise<void> {
  await conn.write(new TextEncoder().encode(question));
  const buffer = new Uint8Array(4096);
  let received = "";
  while (!answer.test(received)) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error(`connection closed after ${JSON.stringify(received)}`);
    received += new TextDecoder().decode(buffer.subarray(0, count));
  }
}
