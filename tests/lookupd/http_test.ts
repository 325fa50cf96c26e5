/** lookupd's HTTP API, through a real process. Passes with the reference too (`NSQLOOKUPD_REFERENCE`). */
import { deepEqual, equal } from "../harness/assert.ts";
import {
  isLookupdReference,
  type Lookupd,
  projectFolder,
  Registrant,
  startLookupd,
} from "../harness/mod.ts";

let lookupd: Lookupd;
Deno.test.beforeAll(async () => {
  lookupd = await startLookupd();
});
Deno.test.afterAll(() => lookupd[Symbol.asyncDispose]());

/** A test that shares the process: reading its log is an operation that is never finished. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: false });
}

/** Status and body of an answer. */
async function answer(method: string, path: string): Promise<string> {
  const response = await lookupd.http(path, { method, redirect: "manual" });
  return `${response.status} ${await response.text()}`;
}

function refusal(status: number, message: string): string {
  return `${status} {"message":"${message}"}`;
}

async function expectAnswers(expected: [request: string, answer: string][]): Promise<void> {
  for (const [request, wanted] of expected) {
    const [method = "", path = ""] = request.split(" ");
    equal(await answer(method, path), wanted, request);
  }
}

/** Beside the version of NSQ, the program's own. */
const OWN_VERSION = isLookupdReference ? "" : `,"nsq_ts_version":"${projectVersion()}"`;

function projectVersion(): string {
  return JSON.parse(Deno.readTextFileSync(`${projectFolder}/deno.json`)).version;
}

test("/ping and /info answer as nsqlookupd", async () => {
  await expectAnswers([["GET /ping", "200 OK"], [
    "GET /info",
    `200 {"version":"1.3.0"${OWN_VERSION}}`,
  ]]);
  const response = await lookupd.http("/topics");
  await response.body?.cancel();
  deepEqual(
    ["Content-Type", "X-NSQ-Content-Type"].map((name) => response.headers.get(name)),
    ["application/json; charset=utf-8", "nsq; version=1.0"],
  );
});

test("requests that lack a parameter or have a bad one are refused", async () => {
  await expectAnswers([
    ["GET /lookup", refusal(400, "MISSING_ARG_TOPIC")],
    ["GET /lookup?topic=%zz", refusal(400, "INVALID_REQUEST")],
    ["GET /lookup?topic=", refusal(404, "TOPIC_NOT_FOUND")],
    ["GET /lookup?topic=nope", refusal(404, "TOPIC_NOT_FOUND")],
    ["GET /channels", refusal(400, "MISSING_ARG_TOPIC")],
    ["GET /channels?topic=nope", '200 {"channels":[]}'],
    ["POST /topic/create", refusal(400, "MISSING_ARG_TOPIC")],
    ["POST /topic/create?topic=a%20b", refusal(400, "INVALID_ARG_TOPIC")],
    ["POST /topic/delete", refusal(400, "MISSING_ARG_TOPIC")],
    ["POST /topic/delete?topic=a%20b", "200 "],
    ["POST /topic/tombstone", refusal(400, "MISSING_ARG_TOPIC")],
    ["POST /topic/tombstone?topic=t", refusal(400, "MISSING_ARG_NODE")],
    ["POST /topic/tombstone?topic=nope&node=x:1", "200 "],
    ["POST /channel/create?topic=t", refusal(400, "MISSING_ARG_CHANNEL")],
    ["POST /channel/create?topic=a%20b&channel=c", refusal(400, "INVALID_ARG_TOPIC")],
    ["POST /channel/create?topic=t&channel=", refusal(400, "INVALID_ARG_CHANNEL")],
    ["POST /channel/delete?topic=nope&channel=c", refusal(404, "CHANNEL_NOT_FOUND")],
    ["GET /topic/create?topic=t", refusal(405, "METHOD_NOT_ALLOWED")],
    ["GET /nope", refusal(404, "NOT_FOUND")],
  ]);
});

test("topics and channels can be created and deleted without a producer", async () => {
  await expectAnswers([
    ["POST /channel/create?topic=made&channel=c", "200 "],
    ["POST /topic/create?topic=made", "200 "],
    ["GET /lookup?topic=made", '200 {"channels":["c"],"producers":[]}'],
    ["POST /channel/delete?topic=made&channel=c", "200 "],
    ["GET /lookup?topic=made", '200 {"channels":[],"producers":[]}'],
    ["POST /topic/delete?topic=made", "200 "],
    ["GET /lookup?topic=made", refusal(404, "TOPIC_NOT_FOUND")],
  ]);
});

test("a deleted topic comes back when its producer registers again", async () => {
  using a = await Registrant.identified(lookupd.tcpPort, "back");
  await a.command("REGISTER back c");
  equal(await answer("POST", "/topic/delete?topic=back"), "200 ");
  equal(await answer("GET", "/lookup?topic=back"), refusal(404, "TOPIC_NOT_FOUND"));
  await a.command("REGISTER back");
  deepEqual(await lookupd.producers("back"), ["back"]);
});

test("a tombstone hides one producer of one topic", async () => {
  using a = await Registrant.identified(lookupd.tcpPort, "hidden", { http_port: 5 });
  using b = await Registrant.identified(lookupd.tcpPort, "shown");
  await a.command("REGISTER tomb", "REGISTER other");
  await b.command("REGISTER tomb");
  equal(await answer("POST", "/topic/tombstone?topic=tomb&node=hidden:5"), "200 ");
  deepEqual(await lookupd.producers("tomb"), ["shown"]);
  deepEqual(await lookupd.producers("other"), ["hidden"]);
  const node = (await lookupd.nodes()).find((each) => each.broadcast_address === "hidden");
  const hidden = node?.topics?.map((topic, at) => `${topic} ${node.tombstones?.[at]}`).sort();
  deepEqual(hidden, ["other false", "tomb true"]);
});

test("/debug shows a registration in full", async () => {
  using a = await Registrant.identified(lookupd.tcpPort, "debugged");
  await a.command("REGISTER debugged c");
  const debug = await lookupd.get<Record<string, Record<string, unknown>[]>>("/debug");
  const [producer] = debug["channel:debugged:c"] ?? [];
  deepEqual(Object.keys(producer ?? {}), [
    "broadcast_address",
    "hostname",
    "http_port",
    "id",
    "last_update",
    "tcp_port",
    "tombstoned",
    "tombstoned_at",
    "topology_region",
    "topology_zone",
    "version",
  ]);
  equal(producer?.broadcast_address, "debugged");
});
