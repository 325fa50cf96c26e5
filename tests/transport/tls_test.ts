/** TLS for clients of the V2 protocol: what is accepted, what is refused, what the statistics say. */
import {
  deepStrictEqual as deepEqual,
  match,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import {
  betterThanReference,
  Client,
  concat,
  MAGIC,
  type Nsqd,
  runRefusedNsqd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import type { ConnectionJob, PublishJob } from "../interop/job.ts";
import { goNsq } from "../interop/libraries.ts";
import { runJob } from "../interop/run.ts";
import { type Certificates, type KeyPair, makeCertificates, tlsFlags } from "./certificates.ts";
import {
  connectIdentified,
  expectEnd,
  expectOk,
  identify,
  pub,
  readFrame,
  send,
} from "./stream_client.ts";

let certificates: Certificates;
Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
});
Deno.test.afterAll(() => certificates[Symbol.dispose]());

/** Runs a test against an nsqd of its own. */
function test(
  name: string,
  flags: () => readonly string[],
  body: (nsqd: Nsqd) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using nsqd = await startNsqd({ flags: [...tlsFlags(certificates), ...flags()] });
    await body(nsqd);
  });
}

async function startTls(conn: Deno.TcpConn): Promise<Deno.TlsConn> {
  const caCerts = [await Deno.readTextFile(certificates.ca)];
  return await Deno.startTls(conn, { hostname: "localhost", caCerts });
}

/** Publishes one message with go-nsq, over TLS unless it is left out. */
function publishWithGo(nsqd: Nsqd, identity?: KeyPair, tls = true): Promise<unknown> {
  const connection: ConnectionJob = {
    address: `127.0.0.1:${nsqd.tcpPort}`,
    ...(tls && { tlsCa: certificates.ca }),
    ...(identity && { tlsCert: identity.cert, tlsKey: identity.key }),
  };
  const job: PublishJob = {
    action: "publish",
    ...connection,
    topic: "t",
    mode: "single",
    bodies: ["aGVsbG8="],
    delayMs: 0,
  };
  return runJob(goNsq, job);
}

test("IDENTIFY with tls_v1 goes on over TLS, which the statistics tell", () => [], async (nsqd) => {
  const { conn, answer } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
  equal(answer.tls_v1, true);
  using tls = await startTls(conn);
  await expectOk(tls);
  await send(tls, pub("t", "hello"));
  await expectOk(tls);
  const { producers } = await (await nsqd.http("/stats?format=json")).json();
  const { tls: isTls, tls_version, tls_cipher_suite, snappy, deflate } = producers[0];
  deepEqual({ isTls, tls_version, snappy, deflate }, {
    isTls: true,
    tls_version: "TLS1.3",
    snappy: false,
    deflate: false,
  });
  match(tls_cipher_suite, /^TLS_/);
});

test(
  "a TLS hello in pieces, the first right behind IDENTIFY, is put together",
  () => [],
  async (nsqd) => {
    // A client whose socket is ours: what it sends passes through a relay that cuts it up.
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    const relay = await accepted;
    listener.close();
    const server = await Deno.connect({ hostname: "127.0.0.1", port: nsqd.tcpPort });
    server.setNoDelay();
    const tlsReady = startTls(client);
    const hello = new Uint8Array(4096);
    const helloBytes = hello.subarray(0, await relay.read(hello) ?? 0);
    ok(helloBytes.length > 100);
    const firstPiece = helloBytes.subarray(0, 3);
    await send(server, concat(MAGIC, identify({ tls_v1: true }), firstPiece));
    equal(JSON.parse(new TextDecoder().decode((await readFrame(server)).data)).tls_v1, true);
    for (let at = 3; at < helloBytes.length; at += 50) {
      await send(server, helloBytes.subarray(at, at + 50));
      await (await nsqd.http("/ping")).text(); // the pieces before have been read when this is answered
    }
    const pipes = Promise.allSettled([
      relay.readable.pipeTo(server.writable),
      server.readable.pipeTo(relay.writable),
    ]);
    const tls = await tlsReady;
    await expectOk(tls);
    await send(tls, pub("t", "hello"));
    await expectOk(tls);
    tls.close();
    await pipes;
  },
);

test("a handshake of garbage ends its connection and no other", () => [], async (nsqd) => {
  using other = await Client.connect(nsqd.tcpPort);
  const { conn } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
  await send(conn, new TextEncoder().encode("this is no TLS at all, whatever it was to be"));
  await expectEnd(conn);
  conn.close();
  await nsqd.waitForLog(/E_IDENTIFY_FAILED IDENTIFY failed/);
  await other.expectAlive();
});

test("a handshake that does not come ends the connection after 5 s", () => [], async (nsqd) => {
  const { conn } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
  const startMs = Date.now();
  await expectEnd(conn);
  conn.close();
  const elapsedMs = Date.now() - startMs;
  ok(elapsedMs >= 4_500 && elapsedMs < 8_000, `${elapsedMs} ms`);
});

test("a client that leaves in the handshake leaves nothing behind", () => [], async (nsqd) => {
  const { conn } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
  conn.close();
  await nsqd.waitForLog(/E_IDENTIFY_FAILED/);
});

test(
  "--tls-required refuses every command but IDENTIFY without TLS",
  () => ["--tls-required"],
  async (nsqd) => {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("SUB t ch\n");
    await client.expectFatalError("E_INVALID cannot SUB in current state (TLS required)");
    await rejects(publishWithGo(nsqd, undefined, false), /TLS required/);
    await publishWithGo(nsqd);
  },
);

test("--tls-required refuses plain HTTP and says where HTTPS is", () => [
  "--tls-required",
], async (nsqd) => {
  const https = Number(/:(\d+)$/.exec(await nsqd.waitForLog(/ HTTPS: listening on /))?.[1]);
  const response = await nsqd.http("/ping");
  equal(response.status, 403);
  equal(await response.text(), `{"message": "TLS_REQUIRED", "https_port": ${https}}`);
});

test(
  "--tls-required=tcp-https leaves plain HTTP alone",
  () => ["--tls-required=tcp-https"],
  async (nsqd) => {
    equal(await (await nsqd.http("/ping")).text(), "OK");
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("NOP\n");
    await client.expectFatalError("E_INVALID cannot NOP in current state (TLS required)");
  },
);

test("--tls-client-auth-policy=require wants any certificate", () => [
  "--tls-client-auth-policy=require",
  "--tls-required=tcp-https",
], async (nsqd) => {
  await publishWithGo(nsqd, certificates.client);
  await publishWithGo(nsqd, certificates.stranger);
  await rejects(publishWithGo(nsqd));
  equal((await nsqd.topic("t")).message_count, 2);
});

test("--tls-client-auth-policy=require-verify wants one of the authority", () => [
  "--tls-client-auth-policy=require-verify",
  "--tls-required=tcp-https",
  `--tls-root-ca-file=${certificates.ca}`,
], async (nsqd) => {
  await publishWithGo(nsqd, certificates.client);
  await rejects(publishWithGo(nsqd, certificates.stranger));
  await rejects(publishWithGo(nsqd));
  equal((await nsqd.topic("t")).message_count, 1);
});

Deno.test("nsqd with a certificate that will not do refuses to start", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  const { server, client } = certificates;
  const cases: [string[], RegExp][] = [
    [[`--tls-cert=${server.cert}`, `--tls-key=${client.key}`], /private key does not match/],
    [[`--tls-cert=${server.cert}.no`, `--tls-key=${server.key}`], /failed to build TLS config - /],
    [[...tlsFlags(certificates), `--tls-root-ca-file=${server.key}`], /failed to append certific/],
  ];
  for (const [flags, expected] of cases) {
    const { code, stderr } = await runRefusedNsqd({ dataPath, flags });
    equal(code, 1);
    match(stderr, expected);
  }
});

betterThanReference(
  "flags of TLS that need others are a wrong command line without them",
  async () => {
    using directory = new TemporaryDirectory();
    const dataPath = `${directory.path}/none`;
    const { server } = certificates;
    const without = /cannot require TLS client connections without TLS key and cert/;
    const cases: [string[], RegExp][] = [
      [["--tls-required"], without],
      [["--tls-client-auth-policy=require"], without],
      [[`--tls-cert=${server.cert}`, "--tls-key="], /--tls-key is missing, which --tls-cert needs/],
      [[`--tls-key=${server.key}`], /--tls-cert is missing, which --tls-key needs/],
      [[...tlsFlags(certificates), "--https-address=/x.sock"], /"\/x.sock" is not <addr>:<port>/],
    ];
    for (const [flags, expected] of cases) {
      const { code, stderr } = await runRefusedNsqd({ dataPath, flags });
      equal(code, 2, stderr);
      match(stderr, expected);
    }
  },
);
