/** The console among daemons, proxies and visitors that mean no good or make no sense. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { isToolsReference, Registrant, startLookupd, TemporaryDirectory } from "../harness/mod.ts";
import { ask, startAdmin, TestCluster } from "./cluster.ts";

const NOBODY = "--lookupd-http-address=127.0.0.1:1";

Deno.test("an nsqd that answers nonsense is a warning beside what the others say", async () => {
  await using cluster = await TestCluster.start({ lookupds: 0, nsqds: 1 });
  await cluster.create("t", ["c"], [0]);
  let answer = "";
  await using fake = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(answer),
  );
  await using admin = await startAdmin(
    `--nsqd-http-address=127.0.0.1:${cluster.nsqds[0]!.httpPort}`,
    `--nsqd-http-address=127.0.0.1:${fake.addr.port}`,
  );
  for (answer of ["<html>", "", '{"topics":', "{}\x00"]) {
    const { status, json } = await ask(admin, "GET", "/api/topics/t");
    deepEqual([status, json.nodes.length], [200, 1], answer);
    match(json.message, /^WARNING: /);
  }
  if (isToolsReference) return; // is strict about types
  for (answer of ["null", "[]", "7", '{"topics":{}}', '{"topics":[null,{"channels":[1]}]}']) {
    for (
      const path of ["/api/topics/t", "/api/nodes", "/api/counter", "/api/console/overview?fresh"]
    ) {
      equal((await ask(admin, "GET", path)).status, 200, `${path}: ${answer}`);
    }
  }
});

Deno.test({
  name: "what a node announces as its address stays an address",
  ignore: isToolsReference, // asks whatever comes of it
  async fn() {
    const asked: string[] = [];
    await using victim = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => {
        asked.push(request.url);
        return Response.json({});
      },
    );
    await using lookupd = await startLookupd();
    const { port } = victim.addr;
    const names = ["localhost/secret?", "localhost#", "user@localhost", "localhost\\x", "a b"];
    const registrants: Registrant[] = [];
    try {
      for (const name of names) {
        const registrant = await Registrant.identified(lookupd.tcpPort, name, { http_port: port });
        await registrant.command("REGISTER t");
        registrants.push(registrant);
      }
      await using admin = await startAdmin(`--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`);
      const { status, json } = await ask(admin, "GET", "/api/topics/t");
      equal(status, 502);
      equal(json.message.split("is no address of a daemon").length - 1, names.length);
      await ask(admin, "POST", "/api/topics/t", { action: "empty" });
      deepEqual(asked, []);
    } finally {
      for (const registrant of registrants) registrant.close();
    }
  },
});

Deno.test("a node on an IPv6 address is found, asked and shown by its name", async () => {
  const answers: Record<string, unknown> = {
    "/info": { broadcast_address: "::1", http_port: 0, tcp_port: 1, hostname: "six" },
    "/stats": { topics: [{ topic_name: "t", message_count: 3, depth: 3, channels: [] }] },
  };
  await using fake = Deno.serve(
    { port: 0, hostname: "::1", onListen() {} },
    (request) => Response.json(answers[new URL(request.url).pathname]),
  );
  const { port } = fake.addr;
  answers["/info"] = { broadcast_address: "::1", http_port: port, tcp_port: 1, hostname: "six" };
  await using lookupd = await startLookupd();
  using registrant = await Registrant.identified(lookupd.tcpPort, "::1", { http_port: port });
  await registrant.command("REGISTER t");
  const name = `[::1]:${port}`;
  for (
    const flag of [
      `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
      `--nsqd-http-address=${name}`,
    ]
  ) {
    await using admin = await startAdmin(flag);
    const { json } = await ask(admin, "GET", `/api/nodes/${encodeURIComponent(name)}`);
    deepEqual([json.node, json.total_messages, json.message], [name, 3, ""]);
    const topic = await ask(admin, "GET", "/api/topics/t");
    deepEqual([topic.json.depth, topic.json.nodes[0].node], [3, name]);
  }
});

Deno.test({
  name: "PUT /config is refused to a user who is no admin, and open to a script",
  ignore: isToolsReference, // open to everybody
  async fn() {
    await using admin = await startAdmin(NOBODY, "--admin-user=alice", "--acl-http-header=X-User");
    const put = (headers: Record<string, string>) =>
      ask(admin, "PUT", "/config/log_level", "debug", headers);
    deepEqual(await put({ "X-User": "bob" }), { status: 403, json: { message: "FORBIDDEN" } });
    equal((await put({ "X-User": "" })).status, 403);
    equal((await ask(admin, "GET", "/config/log_level")).json, 2);
    equal((await put({ "X-User": "alice" })).status, 400, "JSON text is no level, but she may ask");
    equal((await put({})).status, 400);
  },
});

Deno.test({
  name: "what graphite answers to /render is no page of the console",
  ignore: isToolsReference, // passes it on as it is
  async fn() {
    await using graphite = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) =>
        new Response(decodeURIComponent(new URL(request.url).search), {
          status: 400,
          headers: { "Content-Type": "text/html", "Set-Cookie": "a=b" },
        }),
    );
    await using admin = await startAdmin(
      NOBODY,
      `--graphite-url=http://127.0.0.1:${graphite.addr.port}`,
      "--proxy-graphite",
    );
    const response = await admin.http("/render?target=<script>alert(1)</script>");
    match(await response.text(), /<script>/);
    const { headers } = response;
    match(headers.get("content-security-policy") ?? "", /^sandbox; default-src 'none'$/);
    deepEqual([headers.get("x-content-type-options"), headers.get("set-cookie")], [
      "nosniff",
      null,
    ]);
  },
});

Deno.test({
  name: "--dev-static-dir serves the files of the pages and nothing else",
  ignore: isToolsReference, // serves all of the folder
  async fn() {
    using directory = new TemporaryDirectory();
    const folder = directory.path;
    await Deno.mkdir(`${folder}/static`);
    for (const name of ["console.js", "console.css", "icon.svg", "other.js"]) {
      await Deno.writeTextFile(`${folder}/static/${name}`, `/* ${name} */`);
    }
    await Deno.writeTextFile(`${folder}/secret`, "secret");
    await using admin = await startAdmin(NOBODY, `--dev-static-dir=${folder}/static`);
    equal(await (await admin.http("/static/console.js")).text(), "/* console.js */");
    for (
      const name of ["other.js", "..%2fsecret", "%2e%2e%2fsecret", "..%5csecret", "console.js%00"]
    ) {
      const response = await admin.http(`/static/${name}`);
      const text = await response.text();
      ok(
        response.status >= 400 && !text.includes("secret"),
        `${name}: ${response.status} ${text}`,
      );
    }
  },
});

Deno.test({
  name: "--dev-static-dir that lacks files is warned of at the start, and filled later",
  ignore: isToolsReference, // says nothing
  async fn() {
    using directory = new TemporaryDirectory();
    const folder = directory.path;
    await Deno.writeTextFile(`${folder}/console.js`, "");
    await using admin = await startAdmin(NOBODY, `--dev-static-dir=${folder}`);
    const warning = await admin.waitForLog(/WARNING: --dev-static-dir: /);
    ok(warning.includes(`${folder} has no console.css, icon.svg: `), warning);
    const status = async () => {
      const response = await admin.http("/");
      await response.body?.cancel();
      return response.status;
    };
    equal(await status(), 503);
    for (const name of ["console.css", "icon.svg"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    equal(await status(), 200);
  },
});

for (const basePath of ["/nsq", "/nsq/", "nsq", "/a/../nsq"]) {
  Deno.test({
    name: `--base-path=${basePath} stands before pages, files and API`,
    ignore: isToolsReference, // other pages
    async fn() {
      using directory = new TemporaryDirectory();
      const folder = directory.path;
      for (const name of ["console.js", "console.css", "icon.svg"]) {
        await Deno.writeTextFile(`${folder}/${name}`, name);
      }
      const flags = [NOBODY, `--base-path=${basePath}`, `--dev-static-dir=${folder}`];
      await using admin = await startAdmin(...flags);
      for (const path of ["/nsq", "/nsq/", "/nsq/topics/t/c"]) {
        const html = await (await admin.http(path)).text();
        match(html, / src="\/nsq\/static\/console\.js\?v=/, path);
      }
      equal(await (await admin.http("/nsq/static/console.js")).text(), "console.js");
      equal((await ask(admin, "GET", "/nsq/api/topics")).status, 502);
      for (const path of ["/", "/topics", "/api/topics", "/static/console.js"]) {
        const response = await admin.http(path);
        await response.body?.cancel();
        equal(response.status, 404, path);
      }
    },
  });
}

Deno.test({
  name: "/api/topics?inactive=true does not ask a lookupd for thousands of topics at once",
  ignore: isToolsReference, // asks for one after the other
  async fn() {
    const topics = Array.from({ length: 1000 }, (_, at) => `t${at}`);
    let waiting = 0, most = 0;
    await using lookupd = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        if (pathname !== "/channels") return Response.json({ topics, producers: [] });
        most = Math.max(most, ++waiting);
        await new Promise((resolve) => setTimeout(resolve)); // lets the others come
        waiting--;
        return Response.json({ channels: ["c"] });
      },
    );
    await using admin = await startAdmin(
      `--lookupd-http-address=127.0.0.1:${lookupd.addr.port}`,
    );
    const { status, json } = await ask(admin, "GET", "/api/topics?inactive=true");
    equal(status, 200, json.message);
    deepEqual([Object.keys(json.topics).length, json.topics.t7], [topics.length, ["c"]]);
    ok(most <= 64, `${most} at once`);
  },
});

Deno.test("a notification endpoint that is not there or hangs holds up no change", async () => {
  await using cluster = await TestCluster.start({ lookupds: 1, nsqds: 1 });
  await cluster.create("t", [], [0]);
  const hanging = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    for (const port of isToolsReference ? [hanging.addr.port] : [1, hanging.addr.port]) {
      const endpoint = `http://127.0.0.1:${port}/told`;
      const admin = await cluster.admin(
        `--notification-http-endpoint=${endpoint}`,
        "--http-client-request-timeout=1s",
      );
      for (const action of ["pause", "unpause", "pause", "unpause"]) {
        const { status, json } = await ask(admin, "POST", "/api/topics/t", { action });
        deepEqual([status, json], [200, { message: "" }]);
      }
      if (!isToolsReference) await admin.waitForLog(/failed to POST notification - /);
    }
  } finally {
    hanging.close();
  }
});
