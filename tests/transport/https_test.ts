/** HTTPS, with and without a policy for clients' certificates. */
import { match, rejects, strictEqual as equal } from "node:assert/strict";
import { NSQD_EXAMPLES } from "../../lib/nsqd/options/examples.ts";
import {
  betterThanReference,
  type Nsqd,
  refusesOtherHashes,
  runTool,
  startNsqd,
  TemporaryDirectory,
  version1Refusal,
} from "../harness/mod.ts";
import {
  type Certificates,
  type KeyPair,
  makeCertificates,
  openssl,
  tlsFlags,
} from "./certificates.ts";

const LARGE_BYTES = 500_000;

let certificates: Certificates;
Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
});
Deno.test.afterAll(() => certificates[Symbol.dispose]());

async function start(...flags: string[]): Promise<Nsqd> {
  const all = [...tlsFlags(certificates), "--tls-required=tcp-https", ...flags];
  return await startNsqd({ flags: all });
}

/** Calls the API over HTTPS. @throws {TypeError} when there is no connection */
async function call(
  nsqd: Nsqd,
  path: string,
  identity?: KeyPair,
  init?: RequestInit,
): Promise<{ status: number; text: string }> {
  const port = /:(\d+)$/.exec(await nsqd.waitForLog(/ HTTPS: listening on /))?.[1];
  using client = Deno.createHttpClient({
    caCerts: [await Deno.readTextFile(certificates.ca)],
    ...(identity && {
      cert: await Deno.readTextFile(identity.cert),
      key: await Deno.readTextFile(identity.key),
    }),
  });
  const response = await fetch(`https://localhost:${port}${path}`, { ...init, client });
  return { status: response.status, text: await response.text() };
}

Deno.test("HTTPS serves the API, bodies and errors included", async () => {
  await using nsqd = await start();
  equal((await call(nsqd, "/ping")).text, "OK");
  equal((await call(nsqd, "/nowhere")).status, 404);
  const body = new Uint8Array(LARGE_BYTES).fill(7);
  const published = await call(nsqd, "/pub?topic=t", undefined, { method: "POST", body });
  equal(`${published.status} ${published.text}`, "200 OK");
  equal((await nsqd.topic("t")).message_bytes, LARGE_BYTES);
  equal(JSON.parse((await call(nsqd, "/stats?format=json")).text).topics[0].depth, 1);
});

betterThanReference("HTTPS serves consumers, who are told as such", async () => {
  await using nsqd = await start();
  const post = { method: "POST" };
  await call(nsqd, "/pub?topic=t", undefined, { ...post, body: "hello" });
  const taken = await call(nsqd, "/channel/take?topic=t&channel=ch&wait=5s", undefined, post);
  const [message] = JSON.parse(taken.text).messages;
  equal(message.body, "hello");
  equal((await nsqd.channel("t", "ch")).clients![0]!.tls, true);
  const path = `/message/finish?topic=t&channel=ch&lease=${message.lease}`;
  equal((await call(nsqd, path, undefined, post)).text, '{"count":1}');
});

Deno.test("HTTPS with require lets in whoever shows a certificate", async () => {
  await using nsqd = await start("--tls-client-auth-policy=require");
  equal((await call(nsqd, "/ping", certificates.client)).text, "OK");
  equal((await call(nsqd, "/ping", certificates.stranger)).text, "OK");
  await rejects(call(nsqd, "/ping"), TypeError);
});

Deno.test("HTTPS with require-verify lets in whoever the authority has signed", async () => {
  const verify = [
    "--tls-client-auth-policy=require-verify",
    `--tls-root-ca-file=${certificates.ca}`,
  ];
  await using nsqd = await start(...verify);
  equal((await call(nsqd, "/ping", certificates.client)).text, "OK");
  await rejects(call(nsqd, "/ping", certificates.stranger), TypeError);
  await rejects(call(nsqd, "/ping"), TypeError);
});

Deno.test("a client's certificate of X.509 version 1 is refused, and the log says why", async () => {
  const { directory, client, ca } = certificates;
  const [request, old] = [`${directory}/old.csr`, `${directory}/old.pem`];
  await openssl("req", "-new", "-key", client.key, "-subj", "/CN=old", "-out", request);
  const authority = ["-CA", ca, "-CAkey", ca.replace(/pem$/, "key"), "-CAcreateserial"];
  await openssl("x509", "-req", "-in", request, ...authority, "-days", "2", "-out", old);
  const verify = ["--tls-client-auth-policy=require-verify", `--tls-root-ca-file=${ca}`];
  await using nsqd = await start(...verify);
  await nsqd.waitForLog(/INFO: TLS: clients must show a certificate of X.509 version 3/);
  const port = /:(\d+)$/.exec(await nsqd.waitForLog(/ HTTPS: listening on /))?.[1];
  const { code } = await new Deno.Command("openssl", {
    args: ["s_client", "-quiet", "-connect", `127.0.0.1:${port}`, "-cert", old, "-key", client.key],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  equal(code === 0, false);
  match(await nsqd.waitForLog(/ERROR: HTTPS: TLS handshake error/), version1Refusal);
});

Deno.test("a client of TLS 1.2 that signs with another curve's hash is refused, where the runtime does, and the log says what it needs", async () => {
  const { client, ca } = certificates;
  const verify = ["--tls-client-auth-policy=require-verify", `--tls-root-ca-file=${ca}`];
  await using nsqd = await start(...verify);
  const port = /:(\d+)$/.exec(await nsqd.waitForLog(/ HTTPS: listening on /))?.[1];
  const connect = async (...options: string[]) => {
    const { code } = await new Deno.Command("openssl", {
      args: [
        ...["s_client", "-connect", `127.0.0.1:${port}`, "-cert", client.cert],
        ...["-key", client.key, ...options],
      ],
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).output();
    return code;
  };
  equal(await connect("-tls1_2", "-sigalgs", "ECDSA+SHA256:RSA-PSS+SHA256"), 0);
  equal(await connect("-tls1_3"), 0);
  equal(await connect("-tls1_2") !== 0, refusesOtherHashes); // by OpenSSL's default in the server's order: P-256 with SHA-384
  if (!refusesOtherHashes) return;
  match(
    await nsqd.waitForLog(/ERROR: HTTPS: TLS handshake error/),
    /signed with a hash that is not its curve's: it needs TLS 1.3, or /,
  );
});

for (
  const [what, extension, words] of [
    [
      "an authority's own",
      "basicConstraints=critical,CA:TRUE",
      /or an authority's own \(CA:TRUE\)/,
    ],
    ["made for servers alone", "extendedKeyUsage=serverAuth", /or is not made for clients/],
  ] as const
) {
  Deno.test(`a client's certificate that is ${what} is refused, and the log says so`, async () => {
    const { directory, client, ca } = certificates;
    const file = (end: string) => `${directory}/wrong.${end}`;
    await Deno.writeTextFile(file("ext"), extension);
    await openssl("req", "-new", "-key", client.key, "-subj", "/CN=wrong", "-out", file("csr"));
    await openssl(
      ...["x509", "-req", "-in", file("csr"), "-CA", ca, "-CAkey", ca.replace(/pem$/, "key")],
      ...["-CAcreateserial", "-days", "2", "-extfile", file("ext"), "-out", file("pem")],
    );
    const verify = ["--tls-client-auth-policy=require-verify", `--tls-root-ca-file=${ca}`];
    await using nsqd = await start(...verify);
    await rejects(call(nsqd, "/ping", { cert: file("pem"), key: client.key }), TypeError);
    match(await nsqd.waitForLog(/ERROR: HTTPS: TLS handshake error/), words);
    equal((await call(nsqd, "/ping", client)).text, "OK");
  });
}

Deno.test("who speaks TLS 1.2 alone is told so where 1.3 is demanded, and is served where it is not", async () => {
  await using nsqd = await start();
  equal(await oldClient(nsqd), "TLSv1.2");
  await using strict = await start("--tls-min-version=tls1.3");
  match(await oldClient(strict), /alert protocol version/);
  equal((await call(strict, "/ping")).text, "OK");
  await strict.waitForLog(/HTTPS: TLS handshake error .* only unsupported versions/);
});

/** The version that a client of TLS 1.2 gets, or what it says when it gets none. */
async function oldClient(nsqd: Nsqd): Promise<string> {
  const port = /:(\d+)$/.exec(await nsqd.waitForLog(/ HTTPS: listening on /))?.[1];
  const { stdout, stderr } = await new Deno.Command("openssl", {
    args: ["s_client", "-tls1_2", "-connect", `127.0.0.1:${port}`],
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout);
  return /^New, (TLSv[0-9.]+),/m.exec(said)?.[1] ?? new TextDecoder().decode(stderr);
}

/** Makes `cert.pem` and `key.pem` in `folder` by a line for the shell. */
async function makeBy(line: string, folder: string): Promise<void> {
  const { success } = await new Deno.Command("sh", {
    args: ["-ec", line],
    cwd: folder,
    stderr: "null",
  }).output();
  equal(success, true, line);
}

betterThanReference("a certificate made as the help says does for every client", async () => {
  const lines = NSQD_EXAMPLES.find(({ title }) => title.startsWith("TLS:"))!.lines.join("\n");
  const recipe = /^openssl (?:.*\\\n)*.*$/m.exec(lines)![0];
  for (const isServers of [true, false]) {
    using folder = new TemporaryDirectory();
    const made = isServers ? recipe : recipe.replace("CA:FALSE", "CA:TRUE");
    await makeBy(made, folder.path);
    const [cert, key] = ["cert.pem", "key.pem"].map((name) => `${folder.path}/${name}`);
    const flags = [`--tls-cert=${cert}`, `--tls-key=${key}`, "--https-address=127.0.0.1:0"];
    await using nsqd = await startNsqd({ flags: [...flags, "--tls-required=tcp-https"] });
    const port = /:(\d+)$/.exec(await nsqd.waitForLog(/ HTTPS: listening on /))?.[1];
    const url = `https://localhost:${port}`;
    const trust = `--http-client-tls-root-ca-file=${cert}`;
    const looked = await runTool("topic", ["ls", `--nsqd-http-address=${url}`, trust]);
    if (!isServers) {
      match(looked.stderr, /certificate is not trusted: .* not a server's .*CA:FALSE/);
      continue;
    }
    equal(looked.stderr, "");
    await makeBy(`curl -sf --cacert cert.pem -d hello '${url}/pub?topic=t'`, folder.path);
    const options = ["tls_v1,true", `tls-root-ca-file,${cert}`];
    const published = await runTool("pub", [
      ...["--topic=t", `--nsqd-tcp-address=localhost:${nsqd.tcpPort}`],
      ...options.map((option) => `--producer-opt=${option}`),
    ], "a line\n");
    equal(published.code, 0, published.stderr);
    equal((await nsqd.topic("t")).message_count, 2);
  }
});
