/** HTTPS, with and without a policy for clients' certificates. */
import { rejects, strictEqual as equal } from "node:assert/strict";
import { type Nsqd, startNsqd } from "../harness/mod.ts";
import { type Certificates, type KeyPair, makeCertificates, tlsFlags } from "./certificates.ts";

const LARGE_BYTES = 500_000;

let certificates: Certificates;
Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
});
Deno.test.afterAll(() => certificates[Symbol.asyncDispose]());

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
