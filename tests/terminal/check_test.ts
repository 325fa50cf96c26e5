/** `nsq check`: one line, and the exit codes of Nagios' plugins. */
import { deepEqual, equal, fail, match } from "../harness/assert.ts";
import { Client, eventually, startNsqd } from "../harness/mod.ts";
import { makeCertificates, tlsFlags } from "../transport/certificates.ts";
import { nsq, printed, SmallCluster } from "./nsq.ts";

let shared: SmallCluster | undefined;

function theCluster(): SmallCluster {
  return shared ?? fail("it is not running");
}

/** A test that shares the cluster of the file. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

Deno.test.beforeAll(async () => {
  shared = await SmallCluster.start();
});
Deno.test.afterAll(async () => {
  await shared?.[Symbol.asyncDispose]();
});

/** Each check must end so, and print one line that matches. */
async function expect(cases: [words: string, code: number, says: RegExp][]): Promise<void> {
  const { env } = theCluster();
  const ended = await Promise.all(cases.map(([words]) => nsq(`check ${words}`, env)));
  for (const [at, [words, code, says]] of cases.entries()) {
    const { stdout, stderr, ...outcome } = ended[at]!;
    match(stdout, says);
    deepEqual([outcome.code, stderr, stdout.split("\n").length], [code, "", 2], words);
  }
}

test("check depth and age are bad above their thresholds, over all brokers", async () => {
  const { first, second } = theCluster();
  await theCluster().create("deep", "c", "d");
  await first.post("/mpub?topic=deep", "1\n2");
  await second.post("/pub?topic=deep", "3");
  await expect([
    ["depth deep c", 0, /^OK depth: at most 3 waiting \| 'deep\/c'=3;10000;100000\n$/],
    ["depth deep c --warning=3 --critical=3", 0, /^OK /],
    ["depth deep --warning=2 --critical=3", 1, /^WARNING depth: deep\/c: 3 waiting; deep\/d: 3/],
    ["depth dee* ? --warning=1 --critical=2", 2, /^CRITICAL depth: deep\/c: 3 waiting;/],
    ["depth deep nowhere", 3, /^UNKNOWN depth: topic deep has no channel nowhere$/m],
    ["age deep c", 0, /^OK age: .* \| 'deep\/c'=\d+s;300;3600\n$/],
    ["age deep c --warning=0s --critical=0s", 2, /^CRITICAL age: deep\/c: the first has waited/],
  ]);
});

test("check dead warns of the first dead message", async () => {
  const { first } = theCluster();
  await theCluster().create("poison", "c");
  await expect([["dead poison c", 0, /^OK dead: none dead \| 'poison\/c'=0;0;1000\n$/]]);
  await first.post("/policy/put", '{"name":"once","topic":"poison","set":{"max_attempts":1}}');
  await first.post("/pub?topic=poison", "bad");
  using client = await Client.connect(first.tcpPort);
  await client.subscribe("poison", "c", 1);
  await client.requeue((await client.nextMessage()).id, 0);
  await eventually(async () => equal((await first.channel("poison", "c")).dead_count, 1));
  await expect([
    ["dead poison c", 1, /^WARNING dead: poison\/c: 1 dead \|/],
    ["dead pois* --warning=1", 0, /^OK dead: at most 1 dead \|/],
    ["dead poison c --critical=0", 2, /^CRITICAL dead: /],
  ]);
});

test("check consumers is bad below its thresholds", async () => {
  await theCluster().create("read", "c");
  using client = await Client.connect(theCluster().first.tcpPort);
  await client.subscribe("read", "c");
  await expect([
    ["consumers read c", 0, /^OK consumers: at least 1 consumer \| 'read\/c'=1;1;1\n$/],
    ["consumers read c --warning=3", 1, /^WARNING consumers: read\/c: 1 consumer/],
    ["consumers read c --warning=3 --critical=2", 2, /^CRITICAL /],
  ]);
});

test("check node and cluster tell of a broker that is lost, or drained", async () => {
  const { lookupd, first } = theCluster();
  await using drained = await startNsqd();
  await drained.create("held");
  await drained.post("/pub?topic=held", "keeps it from ending");
  await drained.post("/drain");
  await expect([
    ["node", 0, /^OK node: 2 brokers well\n$/],
    [`node --nsqd-http-address=127.0.0.1:${first.httpPort}`, 0, /^OK node: 1 broker well\n$/],
    [
      "node --nsqd-http-address=127.0.0.1:1",
      2,
      /^CRITICAL node: 127\.0\.0\.1:1: connection refused/,
    ],
    [
      `node --nsqd-http-address=127.0.0.1:${drained.httpPort}`,
      1,
      /^WARNING node: .*: is draining: 1 message to go$/m,
    ],
    ["cluster", 0, /^OK cluster: 1 lookupd, 2 brokers\n$/],
    ["cluster --nodes=3", 2, /^CRITICAL cluster: brokers: 2 brokers of 3/],
    [
      `cluster --lookupd-http-address=127.0.0.1:1 --lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
      1,
      /^WARNING cluster: lookupd 127\.0\.0\.1:1: /,
    ],
    ["cluster --lookupd-http-address=127.0.0.1:1", 2, /^CRITICAL cluster: lookupd /],
  ]);
});

test("check tls counts the days of a certificate in a file, of HTTPS and of a TCP port", async () => {
  using certificates = await makeCertificates();
  const { cert, key } = certificates.server;
  await using nsqd = await startNsqd({ flags: tlsFlags(certificates) });
  const https = /:(\d+)$/.exec(await nsqd.waitForLog(/HTTPS: listening on /))?.[1];
  await expect([
    [`tls ${cert} --warning=1 --critical=1`, 0, /^OK tls: 1 day left at least \|/],
    [
      `tls 127.0.0.1:${https} --critical=1`,
      1,
      /^WARNING tls: .* runs out on \d{4}-\d\d-\d\d, in 1 day/,
    ],
    [`tls 127.0.0.1:${nsqd.tcpPort} --nsqd-tcp`, 2, /^CRITICAL tls: .*certificate of localhost/],
    [`tls 127.0.0.1:${theCluster().first.tcpPort} --nsqd-tcp`, 2, /does not offer TLS/],
    [`tls ${key}`, 2, /and no certificate/],
  ]);
});

test("a check says the same as JSON, and 3 to what is mistyped", async () => {
  await theCluster().create("typed", "c");
  const { env } = theCluster();
  const { items } = printed(await nsq("check depth typed --json", env));
  deepEqual(items, [{
    check: "depth",
    status: "OK",
    subject: "typed/c",
    message: "0 waiting",
    value: 0,
    warning: 10_000,
    critical: 100_000,
  }]);
  for (const words of ["depth --warning=x", "depth --warning=9 --critical=1", "deepth"]) {
    equal((await nsq(`check ${words}`, env)).code, 3, words);
  }
});
