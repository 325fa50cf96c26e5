/** The console as a server: configuration, base path, graphite, who may ask. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { isToolsReference, runTool, startTool } from "../harness/mod.ts";
import { ask, startAdmin, TestCluster } from "./cluster.ts";

const NOBODY = "--lookupd-http-address=127.0.0.1:1";

Deno.test("/ping answers OK, unknown paths and methods are refused", async () => {
  await using admin = await startAdmin(NOBODY);
  equal(await (await admin.http("/ping")).text(), "OK");
  deepEqual(await ask(admin, "GET", "/nothing"), { status: 404, json: { message: "NOT_FOUND" } });
  deepEqual(await ask(admin, "DELETE", "/api/topics"), {
    status: 405,
    json: { message: "METHOD_NOT_ALLOWED" },
  });
});

Deno.test("/config reads options, and changes log level and lookupds", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
  await cluster.create("t", [], [0]);
  await using admin = await startAdmin(NOBODY, "--statsd-interval=30s");
  const value = async (name: string) => await (await admin.http(`/config/${name}`)).text();
  equal(await value("statsd_interval"), "30000000000");
  equal(await value("log_level"), "2");
  equal(await value("nsqlookupd_http_addresses"), '["127.0.0.1:1"]');
  equal(await value("nope"), '{"message":"INVALID_OPTION"}');

  const put = async (name: string, body: string) => {
    const response = await admin.http(`/config/${name}`, { method: "PUT", body });
    return [response.status, await response.text()];
  };
  equal((await ask(admin, "GET", "/api/topics")).status, 502);
  const addresses = `["127.0.0.1:${cluster.lookupds[0]!.httpPort}"]`;
  deepEqual(await put("nsqlookupd_http_addresses", addresses), [200, addresses]);
  deepEqual((await ask(admin, "GET", "/api/topics")).json.topics, ["t"]);
  deepEqual(await put("log_level", "warn"), [200, "3"]);
  deepEqual(await put("log_level", "loud"), [400, '{"message":"INVALID_VALUE"}']);
  deepEqual(await put("log_level", ""), [413, '{"message":"INVALID_VALUE"}']);
  deepEqual(await put("base_path", "x"), [400, '{"message":"INVALID_OPTION"}']);
  deepEqual(await put("nsqlookupd_http_addresses", "x"), [400, '{"message":"INVALID_VALUE"}']);
});

Deno.test("--allow-config-from-cidr keeps others away from /config", async () => {
  await using closed = await startAdmin(NOBODY, "--allow-config-from-cidr=10.0.0.0/8");
  deepEqual(await ask(closed, "GET", "/config/log_level"), {
    status: 403,
    json: { message: "FORBIDDEN" },
  });
  await using open = await startAdmin(NOBODY, "--allow-config-from-cidr=");
  equal((await ask(open, "GET", "/config/log_level")).json, 2);
});

Deno.test("--base-path stands before every route", async () => {
  await using admin = await startAdmin(NOBODY, "--base-path=deep/down/");
  equal(await (await admin.http("/deep/down/ping")).text(), "OK");
  equal((await ask(admin, "GET", "/deep/down/config/log_level")).json, 2);
  equal((await ask(admin, "GET", "/ping")).status, 404);
});

Deno.test("/api/graphite tells the rate that graphite knows", async () => {
  const asked: URL[] = [];
  let answer: unknown = [{ target: "x", datapoints: [[90, 1], [0, 2]] }];
  await using graphite = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => {
      asked.push(new URL(request.url));
      return Response.json(answer);
    },
  );
  await using admin = await startAdmin(
    NOBODY,
    `--graphite-url=http://127.0.0.1:${graphite.addr.port}`,
  );
  const rate = () => ask(admin, "GET", "/api/graphite?metric=rate&target=sum(x)");
  deepEqual(await rate(), { status: 200, json: { rate: "1.50" } });
  deepEqual([asked[0]!.pathname, Object.fromEntries(asked[0]!.searchParams)], [
    "/render",
    { from: "-120sec", until: "-60sec", format: "json", target: "sum(x)" },
  ]);
  answer = [{ target: "x", datapoints: [[-1, 1]] }];
  deepEqual((await rate()).json, { rate: "N/A" });
  deepEqual(await ask(admin, "GET", "/api/graphite?metric=x"), {
    status: 400,
    json: { message: "INVALID_ARG_METRIC" },
  });
  deepEqual(await ask(admin, "GET", "/api/graphite?metric=rate"), {
    status: 400,
    json: { message: "INVALID_ARG_TARGET" },
  });
  answer = "nonsense";
  if (!isToolsReference) deepEqual((await rate()).json, { rate: "N/A" });
});

Deno.test("--proxy-graphite passes /render on, with the user of its URL", async () => {
  const asked: string[][] = [];
  await using graphite = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => {
      asked.push([new URL(request.url).search, request.headers.get("authorization") ?? ""]);
      return new Response("picture", { headers: { "Content-Type": "image/png" } });
    },
  );
  const url = `http://user:secret@127.0.0.1:${graphite.addr.port}`;
  await using admin = await startAdmin(NOBODY, `--graphite-url=${url}`, "--proxy-graphite");
  const response = await admin.http("/render?target=a&from=-1h");
  deepEqual([await response.text(), response.headers.get("content-type")], [
    "picture",
    "image/png",
  ]);
  deepEqual(asked, [["?target=a&from=-1h", `Basic ${btoa("user:secret")}`]]);
});

Deno.test({
  name: "changes are refused to other sites' pages, and open to scripts",
  ignore: isToolsReference, // guards nothing
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
    await cluster.create("t", ["c"], [0]);
    const admin = await cluster.admin();
    const refused = { status: 403, json: { message: "CROSS_ORIGIN_REQUEST" } };
    const own = `http://127.0.0.1:${admin.httpPort}`;
    const pause = { action: "pause" };
    const foreign: Record<string, string>[] = [
      { "Origin": "http://evil.example" },
      { "Origin": "null" },
      { "Origin": `http://127.0.0.1:${admin.httpPort + 1}` },
      { "Sec-Fetch-Site": "cross-site", "Origin": own },
      { "Sec-Fetch-Site": "same-site" },
    ];
    for (const headers of foreign) {
      deepEqual(await ask(admin, "POST", "/api/topics/t", pause, headers), refused);
      deepEqual(await ask(admin, "DELETE", "/api/topics/t", undefined, headers), refused);
      deepEqual(await ask(admin, "PUT", "/config/log_level", "debug", headers), refused);
    }
    equal((await cluster.nsqds[0]!.topic("t")).paused, false);
    for (const headers of [{}, { "Origin": own }, { "Sec-Fetch-Site": "same-origin" }]) {
      equal((await ask(admin, "POST", "/api/topics/t", pause, headers)).status, 200);
    }
  },
});

/** The status of a raw request: `fetch` chooses the Host header by itself. */
async function statusWithHost(port: number, host: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `GET /api/topics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const answer = await new Response(connection.readable).text();
  return answer.split(" ")[1] ?? "";
}

Deno.test({
  name: "a console on the loopback answers to no name that could be rebound",
  ignore: isToolsReference, // answers to all
  async fn() {
    await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
    const usual = await cluster.admin();
    for (const host of ["127.0.0.1", "localhost", `LOCALHOST:${usual.httpPort}`, "[::1]:4171"]) {
      equal(await statusWithHost(usual.httpPort, host), "200", host);
    }
    equal(await statusWithHost(usual.httpPort, "evil.example"), "403");
    const named = await cluster.admin("--allow-host=nsq.example");
    equal(await statusWithHost(named.httpPort, "nsq.example:80"), "200");
    equal(await statusWithHost(named.httpPort, "evil.example"), "403");
  },
});

Deno.test({
  name: "nsq admin refuses flags that will not do in one line with exit code 2",
  ignore: isToolsReference, // 1 there
  async fn() {
    const refuses = async (pattern: RegExp, ...flags: string[]) => {
      const { code, stderr } = await runTool("nsqadmin", flags);
      equal(code, 2);
      match(stderr, pattern);
      equal(stderr.split("\n").length, 2);
    };
    await refuses(/--nsqd-http-address or --lookupd-http-address required/);
    await refuses(/not both/, NOBODY, "--nsqd-http-address=127.0.0.1:1");
    await refuses(
      /--lookupd-http-address: .* not contain scheme: give the <addr>:<port> of plain HTTP; an nsqd /,
      "--lookupd-http-address=http://x",
    );
    await refuses(/--nsqd-http-address: must be <addr>:<port>/, "--nsqd-http-address=x");
    await refuses(/tls-key must be specified/, NOBODY, "--http-client-tls-cert=x");
    await refuses(/--allow-config-from-cidr/, NOBODY, "--allow-config-from-cidr=10");
    await refuses(/--proxy-graphite needs/, NOBODY, "--proxy-graphite");
  },
});

Deno.test("nsq admin warns of what has no effect without something else", async () => {
  await using admin = await startAdmin(
    NOBODY,
    "--statsd-interval=10s",
    "--acl-http-header=X-User",
    "--allow-config-from-cidr=10.0.0.0/8",
  );
  const warned = admin.logLines.filter((line) => /has no effect/.test(line))
    .map((line) => line.replace(/^.*WARNING: /, ""));
  deepEqual(warned, [
    "--acl-http-header has no effect without --admin-user",
    "--statsd-interval has no effect without --graphite-url",
  ]);
});

Deno.test("nsq admin ends with 1 when its address is taken, and with 0 at a signal", async () => {
  const admin = await startAdmin(NOBODY);
  const second = startTool("nsqadmin", `--http-address=127.0.0.1:${admin.httpPort}`, NOBODY);
  ok(await second.waitForLog(/listen \(127\.0\.0\.1:\d+\) failed - /));
  equal(await second.ended(), 1);
  await second[Symbol.asyncDispose]();
  await admin.stop("SIGINT");
  await admin[Symbol.asyncDispose]();
});
