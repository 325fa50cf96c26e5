/**
 * What TLS must do for a connection in its life: the same for both ways it is done (with clients' certificates it is
 * node's implementation). Handshakes and who is let in are in tls_test.ts.
 */
import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { concat, eventually, int32, type Nsqd, startNsqd, text } from "../harness/mod.ts";
import { type Certificates, makeCertificates, tlsFlags } from "./certificates.ts";
import { connectIdentified, expectOk, pub, readFrame, send, type Stream } from "./stream_client.ts";
import { handshakeByNode } from "../../lib/tls/client.ts";

/** Flags, which implementation they lead to, and a client that will do. */
const WAYS: [string, string[], StartTls][] = [
  ["", [], startTls],
  [", TLS 1.3 alone", ["--tls-min-version=tls1.3"], startTls],
  [", by node's", ["--tls-client-auth-policy=require", "--tls-required=tcp-https"], identifyByTls],
];
const BIG_BYTES = 900_000;
const BIG_MESSAGES = 8;

let certificates: Certificates;
Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
});
Deno.test.afterAll(() => certificates[Symbol.dispose]());

/** A connection after its upgrade. */
interface TlsStream extends Stream, Disposable {
  closeWrite(): Promise<void>;
}

/** Makes TLS of a connection, as its client. */
type StartTls = (conn: Deno.TcpConn) => Promise<TlsStream>;

/** Runs a test against an nsqd of its own, once for each way. @param body gets what connects to it over TLS, too */
function test(
  name: string,
  body: (nsqd: Nsqd, connectTls: () => Promise<TlsStream>) => Promise<void>,
): void {
  for (const [suffix, flags, start] of WAYS) {
    Deno.test(name + suffix, async () => {
      await using nsqd = await startNsqd({ flags: [...tlsFlags(certificates), ...flags] });
      await body(nsqd, () => connect(nsqd, start));
    });
  }
}

async function connect(nsqd: Nsqd, start: StartTls): Promise<TlsStream> {
  const { conn } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
  const tls = await start(conn);
  await expectOk(tls);
  return tls;
}

async function startTls(conn: Deno.TcpConn): Promise<Deno.TlsConn> {
  const caCerts = [await Deno.readTextFile(certificates.ca)];
  return await Deno.startTls(conn, { hostname: "localhost", caCerts });
}

/** Shows the client's certificate, which only node's client can here. */
async function identifyByTls(conn: Deno.TcpConn): Promise<TlsStream> {
  const { ca, client } = certificates;
  const [caCerts, cert, key] = await Promise.all(
    [ca, client.cert, client.key].map((path) => Deno.readTextFile(path)),
  );
  const tls = await handshakeByNode(conn, "localhost", {
    caCerts: [caCerts!],
    cert: cert!,
    key: key!,
  });
  return Object.assign(tls, { [Symbol.dispose]: () => tls.close() });
}

function openFiles(nsqd: Nsqd): number {
  return [...Deno.readDirSync(`/proc/${nsqd.pid}/fd`)].length;
}

test("large messages come out of TLS as they went in", async (_nsqd, connectTls) => {
  using producer = await connectTls();
  using consumer = await connectTls();
  const bodies = Array.from(
    { length: BIG_MESSAGES },
    (_, number) =>
      Uint8Array.from({ length: BIG_BYTES }, (_, index) => (index + number) * 2654435761 >>> 13),
  );
  await send(consumer, new TextEncoder().encode("SUB t ch\nRDY 2\n"));
  await expectOk(consumer);
  const published = (async () => {
    for (const body of bodies) await send(producer, concat("PUB t\n", int32(BIG_BYTES), body));
    for (const _ of bodies) await expectOk(producer);
  })();
  for (const body of bodies) {
    const { data } = await readFrame(consumer);
    deepEqual(data.subarray(26), body);
    await send(consumer, concat("FIN ", data.subarray(10, 26), "\n"));
  }
  await published;
});

test("an error frame comes over TLS before the connection ends", async (_nsqd, connectTls) => {
  using tls = await connectTls();
  await send(tls, concat("FOO\n"));
  equal(text((await readFrame(tls)).data), "E_INVALID invalid command FOO");
  equal(await tls.read(new Uint8Array(1)), null); // an orderly end: anything else throws
});

test(
  "clients that leave over TLS, however they do, leave no file open",
  async (nsqd, connectTls) => {
    await nsqd.post("/pub?topic=t", "first"); // a durable topic has a file of its own
    (await connectTls()).close(); // some files are opened once, for the first
    await nsqd.waitForLog(/exiting ioloop/);
    const before = openFiles(nsqd);
    for (let round = 0; round < 4; round++) {
      const orderly = await connectTls();
      await orderly.closeWrite();
      orderly.close();
      (await connectTls()).close(); // without a word
      const reset = await connectTls();
      await send(reset, pub("t", "unanswered"));
      reset.close();
      const { conn: early } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
      await send(early, Uint8Array.of(22, 3, 1));
      early.close();
    }
    await eventually(() =>
      ok(openFiles(nsqd) <= before, `${openFiles(nsqd)} after, ${before} before`)
    );
  },
);

Deno.test("what is no TLS any more is answered by an alert, by node's", async () => {
  const flags = ["--tls-client-auth-policy=require", "--tls-required=tcp-https"];
  await using nsqd = await startNsqd({ flags: [...tlsFlags(certificates), ...flags] });
  const { conn } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
  using tls = await identifyByTls(conn);
  await expectOk(tls);
  const forged = concat(Uint8Array.of(23, 3, 3, 0, 32), new Uint8Array(32));
  await send(conn, forged);
  await rejects(tls.read(new Uint8Array(1)), /alert/i);
  await nsqd.waitForLog(/failed to read command - .*decrypt/i);
});
