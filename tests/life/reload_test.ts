/** Files that are read again while a daemon runs: on SIGUSR2, and when they change. */
import { connect as connectTls } from "node:tls";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { deepEqual, equal, match } from "../harness/assert.ts";
import {
  Client,
  type Daemon,
  eventually,
  type Nsqd,
  startAdmin,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { type Certificates, type KeyPair, makeCertificates } from "../transport/certificates.ts";
import { connectIdentified, expectOk, pub, send } from "../transport/stream_client.ts";

let certificates: Certificates;
Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
});
Deno.test.afterAll(() => certificates[Symbol.dispose]());

/** A pair in files of its own, which change. */
class ChangingPair {
  readonly #folder = new TemporaryDirectory();
  readonly cert = join(this.#folder.path, "cert.pem");
  readonly key = join(this.#folder.path, "key.pem");

  static async of(pair: KeyPair): Promise<ChangingPair> {
    const changing = new ChangingPair();
    await changing.become(pair);
    return changing;
  }

  async become({ cert, key }: KeyPair): Promise<void> {
    await copyFile(cert, this.cert);
    await copyFile(key, this.key);
  }

  get flags(): string[] {
    return [`--tls-cert=${this.cert}`, `--tls-key=${this.key}`, "--https-address=127.0.0.1:0"];
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** Whose certificate a client is shown that comes now, on the port of HTTPS. */
async function nameOverHttps(nsqd: Nsqd): Promise<string> {
  const port = Number(/:(\d+)$/.exec(await nsqd.waitForLog(/ HTTPS: listening on /))![1]);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
    resolve(String(socket.getPeerCertificate().subject.CN));
  });
  socket.on("error", reject);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** A client of the V2 protocol over TLS that trusts one authority only. @throws {Error} where the server's certificate is another's */
async function connectOverTls(nsqd: Nsqd, ca: string): Promise<Deno.TlsConn> {
  const { conn } = await connectIdentified(nsqd.tcpPort, { tls_v1: true });
  const tls = await Deno.startTls(conn, {
    hostname: "localhost",
    caCerts: [await Deno.readTextFile(ca)],
  });
  await tls.handshake();
  await expectOk(tls);
  return tls;
}

function reload(daemon: Daemon): void {
  Deno.kill(daemon.pid, "SIGUSR2");
}

for (const threads of [0, 1]) {
  Deno.test(`new connections see a new certificate, and open ones go on, with ${threads} I/O threads`, async () => {
    using pair = await ChangingPair.of(certificates.server);
    await using nsqd = await startNsqd({ flags: [...pair.flags, `--io-threads=${threads}`] });
    using old = await connectOverTls(nsqd, certificates.ca);
    equal(await nameOverHttps(nsqd), "localhost");

    await pair.become(certificates.other); // nobody tells the broker
    await nsqd.waitForLog(/certificates read again from .*cert\.pem, .*key\.pem/);
    equal(await nameOverHttps(nsqd), "other");
    using fresh = await connectOverTls(nsqd, certificates.otherCa);
    for (const connection of [old, fresh]) {
      await send(connection, pub("t", "hello"));
      await expectOk(connection);
    }
    equal((await nsqd.topic("t")).message_count, 2);
  });
}

Deno.test("a certificate that makes no sense is refused with a log line, and the old one stays", async () => {
  using pair = await ChangingPair.of(certificates.server);
  await using nsqd = await startNsqd({ flags: pair.flags });
  await Deno.writeTextFile(pair.cert, "no certificate\n");
  reload(nsqd);
  await nsqd.waitForLog(
    /ERROR: certificates not read again from .*what there was holds - .*cert\.pem/,
  );
  equal(await nameOverHttps(nsqd), "localhost");
  await copyFile(certificates.other.cert, pair.cert);
  reload(nsqd);
  await nsqd.waitForLog(/what there was holds - .*private key does not match certificate/);
  equal(await nameOverHttps(nsqd), "localhost");
  await pair.become(certificates.other);
  reload(nsqd);
  await nsqd.waitForLog(/certificates read again/);
  equal(await nameOverHttps(nsqd), "other");
  await nsqd.post("/pub?topic=t", "still here");
});

Deno.test("files that links lead to are read again when the links are turned, as Kubernetes does it", async () => {
  using folder = new TemporaryDirectory();
  const at = (name: string) => join(folder.path, name);
  for (const [version, pair] of [["1", certificates.server], ["2", certificates.other]] as const) {
    await Deno.mkdir(at(version));
    await copyFile(pair.cert, at(`${version}/tls.crt`));
    await copyFile(pair.key, at(`${version}/tls.key`));
  }
  await Deno.symlink("1", at("data"));
  await Deno.symlink("data/tls.crt", at("tls.crt"));
  await Deno.symlink("data/tls.key", at("tls.key"));
  const flags = [`--tls-cert=${at("tls.crt")}`, `--tls-key=${at("tls.key")}`];
  await using nsqd = await startNsqd({ flags: [...flags, "--https-address=127.0.0.1:0"] });
  equal(await nameOverHttps(nsqd), "localhost");
  await Deno.symlink("2", at("new"));
  await Deno.rename(at("new"), at("data"));
  await nsqd.waitForLog(/certificates read again/);
  equal(await nameOverHttps(nsqd), "other");
});

Deno.test("a console trusts new authorities once their file has changed", async () => {
  using pair = await ChangingPair.of(certificates.server);
  using folder = new TemporaryDirectory();
  const ca = join(folder.path, "ca.pem");
  await copyFile(certificates.ca, ca);
  const own = ["--tls-required=true", "--broadcast-address=127.0.0.1"];
  await using nsqd = await startNsqd({ flags: [...pair.flags, ...own] });
  await using admin = await startAdmin({
    flags: [
      `--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`,
      `--http-client-tls-root-ca-file=${ca}`,
    ],
  });
  const status = async () => {
    const response = await admin.http("/api/topics");
    await response.body?.cancel();
    return response.status;
  };
  equal(await status(), 200);
  await copyFile(certificates.otherCa, ca);
  await admin.waitForLog(/certificates read again from .*ca\.pem/);
  equal(await status(), 502);
  await pair.become(certificates.other);
  await nsqd.waitForLog(/certificates read again/);
  equal(await status(), 200);
});

/** The level that a daemon logs at, seen by whether it tells of a request. */
async function tellsOfRequests(daemon: Daemon): Promise<boolean> {
  const path = `/nowhere-${daemon.logLines.length}-${Math.random()}`;
  await (await daemon.http(path)).body?.cancel();
  await (await daemon.http("/ping")).body?.cancel();
  return daemon.logLines.some((line) => line.includes(path));
}

const DAEMONS: [name: string, start: (config: string) => Promise<Daemon>][] = [
  ["nsqd", (config) => startNsqd({ flags: [`--config=${config}`] })],
  ["lookupd", (config) => startLookupd({ flags: [`--config=${config}`] })],
  [
    "admin",
    (config) => startAdmin({ flags: [`--config=${config}`, "--nsqd-http-address=127.0.0.1:1"] }),
  ],
];

for (const [name, start] of DAEMONS) {
  Deno.test(`${name} takes the log level from its configuration file, and goes on with SIGUSR2`, async () => {
    using folder = new TemporaryDirectory();
    const config = join(folder.path, "nsq.toml");
    await Deno.writeTextFile(config, 'log_level = "info"\n');
    await using daemon = await start(config);
    equal(await tellsOfRequests(daemon), true);
    await Deno.writeTextFile(config, 'log_level = "error"\n');
    reload(daemon);
    await eventually(async () => equal(await tellsOfRequests(daemon), false));
    await Deno.writeTextFile(config, 'log_level = "loud"\n');
    await daemon.waitForLog(
      /log level not read again from .*nsq\.toml.*what there was holds - .*log_level/,
    );
    equal(await tellsOfRequests(daemon), false);
    await Deno.writeTextFile(config, 'log_level = "info"\n');
    await daemon.waitForLog(/log level read again from .*nsq\.toml/);
    await eventually(async () => equal(await tellsOfRequests(daemon), true));
  });
}

Deno.test("policies are read again from --policy-file, and hold for what is there", async () => {
  using folder = new TemporaryDirectory();
  const file = join(folder.path, "policies.json");
  const write = (attempts: unknown) =>
    Deno.writeTextFile(
      file,
      JSON.stringify({ policies: [{ name: "few", topic: "*", set: { max_attempts: attempts } }] }),
    );
  await write(2);
  await using nsqd = await startNsqd({ flags: [`--policy-file=${file}`] });
  const attempts = async () => {
    const response = await nsqd.http("/policy/effective?topic=t&channel=c");
    return (await response.json()).fields.max_attempts.value;
  };
  equal(await attempts(), 2);
  await nsqd.post(
    "/policy/put",
    JSON.stringify({ name: "own", topic: "t", set: { backoff: ["1s"] } }),
  );
  await write("many");
  await nsqd.waitForLog(
    /policies not read again from .*policies\.json.*what there was holds - .*max_attempts/,
  );
  equal(await attempts(), 2);
  await write(7);
  await nsqd.waitForLog(/policies read again from .*policies\.json/);
  equal(await attempts(), 7);
  const { policies } = await (await nsqd.http("/policy/list")).json();
  deepEqual(policies.map(({ name }: { name: string }) => name).sort(), ["few", "own"]);
});

Deno.test("SIGUSR2 does not end a broker that has no files but its own", async () => {
  using folder = new TemporaryDirectory();
  await using nsqd = await startNsqd({ dataPath: folder.path });
  reload(nsqd);
  reload(nsqd);
  await nsqd.waitForLog(/policies read again/);
  using client = await Client.connect(nsqd.tcpPort);
  await client.expectAlive();
  match(await (await nsqd.http("/ping")).text(), /OK/);
});
