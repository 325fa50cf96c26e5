/** Certificates and keys in files as openssl's commands commonly write them: they serve, or are refused at the start in words. */
import { join } from "node:path";
import { equal, match } from "../harness/assert.ts";
import { runRefusedNsqd, runTool, startNsqd, TemporaryDirectory } from "../harness/mod.ts";
import { openssl } from "./certificates.ts";

/** Certificates for localhost are asked for with this. */
const NAME = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];

let files: TemporaryDirectory;
Deno.test.beforeAll(async () => {
  files = new TemporaryDirectory();
  await makeFiles();
});
Deno.test.afterAll(() => files[Symbol.dispose]());

function file(name: string): string {
  return join(files.path, name);
}

function read(name: string): string {
  return Deno.readTextFileSync(file(name));
}

function write(name: string, ...parts: string[]): void {
  Deno.writeTextFileSync(file(name), parts.join(""));
}

/** A certificate that `key` has signed itself. */
async function certify(key: string, certificate: string): Promise<void> {
  await openssl(
    ...["req", "-x509", "-new", "-key", file(key), "-days", "2", ...NAME],
    ...["-out", file(certificate)],
  );
}

async function makeFiles(): Promise<void> {
  await openssl("genrsa", "-out", file("rsa.key"), "2048");
  await openssl("rsa", "-in", file("rsa.key"), "-traditional", "-out", file("pkcs1.key"));
  await openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", file("parameters.key"));
  await openssl("ecparam", "-name", "secp521r1", "-genkey", "-noout", "-out", file("p521.key"));
  await openssl("ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", file("k1.key"));
  await openssl("genpkey", "-algorithm", "ed25519", "-out", file("ed.key"));
  await openssl("genrsa", "-out", file("short.key"), "1024");
  for (const name of ["rsa", "parameters", "p521", "k1", "ed", "short"]) {
    await certify(`${name}.key`, `${name}.pem`);
  }
  const encrypt = ["-aes128", "-passout", "pass:secret"];
  await openssl("pkey", "-in", file("rsa.key"), ...encrypt, "-out", file("encrypted.key"));
  await openssl(
    ...["rsa", "-in", file("rsa.key"), "-traditional", ...encrypt],
    ...["-out", file("encrypted1.key")],
  );
  await openssl("x509", "-in", file("rsa.pem"), "-outform", "der", "-out", file("der.pem"));
  await openssl("pkey", "-in", file("rsa.key"), "-outform", "der", "-out", file("der.key"));
  await openssl("x509", "-in", file("rsa.pem"), "-text", "-out", file("text.pem"));
  await openssl("x509", "-in", file("rsa.pem"), "-trustout", "-out", file("trusted.pem"));
  await openssl("pkey", "-in", file("rsa.key"), "-pubout", "-out", file("public.key"));
  await openssl("dhparam", "-dsaparam", "-out", file("dh.pem"), "512");
  const request = ["-new", "-key", file("rsa.key"), "-subj", "/CN=localhost"];
  await openssl("req", ...request, "-out", file("rsa.csr"));
  await openssl(
    ...["x509", "-req", "-in", file("rsa.csr"), "-signkey", file("ed.key"), "-days", "2"],
    ...["-force_pubkey", file("public.key"), "-out", file("version1.pem")],
  );
  write("extensions", "subjectAltName=DNS:localhost");
  await openssl(
    ...["x509", "-req", "-in", file("rsa.csr"), "-signkey", file("rsa.key"), "-days", "-1"],
    ...["-extfile", file("extensions"), "-out", file("expired.pem")],
  );
  write("both.pem", read("rsa.key"), read("rsa.pem"));
  write("chain.pem", read("rsa.pem"), read("ed.pem"));
  write("backwards.pem", read("ed.pem"), read("rsa.pem"));
  await openssl(
    ...["pkcs12", "-export", "-in", file("rsa.pem"), "-inkey", file("rsa.key")],
    ...["-passout", "pass:", "-out", file("both.p12")],
  );
  write("dh.key", read("dh.pem"), read("rsa.key"));
  write("dh_first.pem", read("dh.pem"), read("rsa.pem"));
  for (const name of ["rsa.pem", "rsa.key"]) {
    write(`crlf_${name}`, read(name).replaceAll("\n", "\r\n"));
    write(`bom_${name}`, "\ufeff", read(name));
  }
  write("empty.pem");
  write("other.pem", "no certificate at all\n");
}

/** Certificate, key, and a policy to ask for certificates with where it is not the usual one. */
const SERVED: [certificate: string, key: string, ...flags: string[]][] = [
  ["rsa.pem", "rsa.key"],
  ["rsa.pem", "rsa.key", "--tls-min-version=tls1.3"],
  ["rsa.pem", "pkcs1.key"],
  ["parameters.pem", "parameters.key"],
  ["parameters.pem", "parameters.key", "--tls-min-version=tls1.3"],
  ["p521.pem", "p521.key"],
  ["ed.pem", "ed.key"],
  ["both.pem", "both.pem"],
  ["both.pem", "both.pem", "--tls-min-version=tls1.3"],
  ["chain.pem", "rsa.key"],
  ["text.pem", "dh.key"],
  ["dh_first.pem", "rsa.key"],
  ["crlf_rsa.pem", "crlf_rsa.key"],
  ["bom_rsa.pem", "bom_rsa.key"],
  ["expired.pem", "rsa.key"],
];

for (const [certificate, key, ...flags] of SERVED) {
  Deno.test(`served: ${[certificate, key, ...flags].join(" ")}`, async () => {
    const pair = [`--tls-cert=${file(certificate)}`, `--tls-key=${file(key)}`];
    await using nsqd = await startNsqd({
      flags: [...pair, "--https-address=127.0.0.1:0", ...flags],
    });
    const port = /:(\d+)$/.exec(await nsqd.waitForLog(/ HTTPS: listening on /))?.[1];
    const client = new Deno.Command("openssl", {
      args: ["s_client", "-quiet", "-connect", `127.0.0.1:${port}`],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = client.stdin.getWriter();
    const request = "GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    await writer.write(new TextEncoder().encode(request));
    const { stdout } = await client.output();
    await writer.close().catch(() => {}); // it has ended
    match(new TextDecoder().decode(stdout), /^HTTP\/1.1 200 OK\r\n/);
    if (certificate === "expired.pem") await nsqd.waitForLog(/WARNING: TLS: .*has expired/);
  });
}

/** What cannot be used, and the words that tell why. */
const REFUSED: [certificate: string, key: string, expected: RegExp][] = [
  ["rsa.key", "rsa.pem", /rsa.key holds "PRIVATE KEY" \(are certificate and key swapped\?\)/],
  ["rsa.pem", "rsa.pem", /rsa.pem holds "CERTIFICATE" .*swapped\?\) and no private key/],
  ["rsa.pem", "encrypted.key", /encrypted.key is encrypted: .*openssl pkey -in/],
  ["rsa.pem", "encrypted1.key", /encrypted1.key is encrypted: .*openssl pkey -in/],
  ["rsa.pem", "ed.key", /private key does not match certificate/],
  ["backwards.pem", "rsa.key", /does not match certificate, but one behind it in the file: put/],
  ["both.p12", "both.p12", /both.p12 is DER: .*openssl pkcs12 -in/],
  ["rsa.pem", "both.p12", /both.p12 is DER: .*openssl pkcs12 -in/],
  ["rsa.pem", "public.key", /public.key holds "PUBLIC KEY" and no private key/],
  ["rsa.pem", "der.key", /der.key is DER: .*openssl pkey -inform der/],
  ["der.pem", "rsa.key", /der.pem is DER: .*openssl x509 -inform der/],
  ["trusted.pem", "rsa.key", /trusted.pem holds "TRUSTED CERTIFICATE" and no certificate/],
  ["version1.pem", "rsa.key", /version1.pem is X.509 version 1: .*-extfile/],
  ["short.pem", "short.key", /short.key is RSA with 1024 bits, and TLS here needs RSA with 2048/],
  ["k1.pem", "k1.key", /k1.key is ec secp256k1, and TLS here needs/],
  ["empty.pem", "rsa.key", /empty.pem is empty/],
  ["other.pem", "rsa.key", /other.pem is no PEM file/],
  ["missing.pem", "rsa.key", /cannot read \S*missing.pem: no such file or directory/],
];

for (const [certificate, key, expected] of REFUSED) {
  Deno.test(`refused: ${certificate} ${key}`, async () => {
    using directory = new TemporaryDirectory();
    const dataPath = directory.path;
    const flags = [`--tls-cert=${file(certificate)}`, `--tls-key=${file(key)}`];
    const { code, stderr } = await runRefusedNsqd({ dataPath, flags });
    equal(code, 1);
    match(stderr, /failed to build TLS config - /);
    match(stderr, expected);
  });

  Deno.test(`refused to clients: ${certificate} ${key}`, async () => {
    const pair = [
      `--consumer-opt=tls_cert,${file(certificate)}`,
      `--consumer-opt=tls_key,${file(key)}`,
    ];
    const source = ["--topic=t", "--nsqd-tcp-address=127.0.0.1:9"];
    const tail = await runTool("nsq_tail", [...source, "--consumer-opt=tls_v1", ...pair]);
    match(tail.stderr, expected);
    equal(tail.code === 0, false);
    const admin = await runTool("nsqadmin", [
      "--nsqd-http-address=127.0.0.1:9",
      "--http-address=127.0.0.1:0",
      `--http-client-tls-cert=${file(certificate)}`,
      `--http-client-tls-key=${file(key)}`,
    ]);
    match(admin.stderr, expected);
    equal(admin.code === 0, false);
  });
}

Deno.test("an authorities' file that holds none is refused, with other blocks beside them it is not", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  const flags = [`--tls-cert=${file("rsa.pem")}`, `--tls-key=${file("rsa.key")}`];
  for (const name of ["rsa.key", "der.pem", "empty.pem"]) {
    const authority = `--tls-root-ca-file=${file(name)}`;
    const { code, stderr } = await runRefusedNsqd({ dataPath, flags: [...flags, authority] });
    equal(code, 1);
    match(stderr, /failed to append certificate to pool - /);
  }
  await using _ = await startNsqd({
    flags: [...flags, `--tls-root-ca-file=${file("both.pem")}`, "--tls-client-auth-policy=require"],
  });
});
