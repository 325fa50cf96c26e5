/** A console before daemons that speak TLS only. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { isToolsReference, startNsqd, type Tool } from "../harness/mod.ts";
import { type Certificates, makeCertificates, tlsFlags } from "../transport/certificates.ts";
import { ask, startAdmin } from "./cluster.ts";

let certificates: Certificates;
Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
});
Deno.test.afterAll(() => certificates[Symbol.dispose]());

/** An nsqd that tells plain HTTP to come back over TLS, with a topic `t`; runs `use` with its address flag. */
async function withSecureNsqd(flags: string[], use: (address: string) => Promise<void>) {
  await using nsqd = await startNsqd({
    flags: [
      ...tlsFlags(certificates),
      "--broadcast-address=127.0.0.1",
      "--tls-required=true",
      ...flags,
    ],
  });
  await use(`--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`);
}

async function makeAndSee(admin: Tool): Promise<void> {
  const made = await ask(admin, "POST", "/api/topics", { topic: "t" });
  deepEqual(made, { status: 200, json: { message: "" } });
  if (isToolsReference) return; // without lookupd, nothing was made there
  equal((await ask(admin, "GET", "/api/topics/t")).json.topic_name, "t");
}

Deno.test("--http-client-tls-root-ca-file is what daemons are trusted by", async () => {
  await withSecureNsqd([], async (address) => {
    await using trusting = await startAdmin(
      address,
      `--http-client-tls-root-ca-file=${certificates.ca}`,
    );
    await makeAndSee(trusting);
    await using doubting = await startAdmin(address);
    const { status, json } = await ask(doubting, "GET", "/api/topics");
    equal(status, 502);
    match(json.message, /certificate/);
  });
});

Deno.test("--http-client-tls-insecure-skip-verify trusts every daemon, and shows a certificate all the same", async () => {
  const policy = [
    "--tls-client-auth-policy=require-verify",
    `--tls-root-ca-file=${certificates.ca}`,
  ];
  await withSecureNsqd(policy, async (address) => {
    const skip = "--http-client-tls-insecure-skip-verify";
    const { cert, key } = certificates.client;
    const pair = [`--http-client-tls-cert=${cert}`, `--http-client-tls-key=${key}`];
    await using shown = await startAdmin(address, skip, ...pair);
    await makeAndSee(shown);
    await using hidden = await startAdmin(address, skip);
    equal((await ask(hidden, "GET", "/api/topics")).status, 502);
    await using verified = await startAdmin(
      address,
      `--http-client-tls-root-ca-file=${certificates.ca}`,
      ...pair,
    );
    await makeAndSee(verified);
  });
});
