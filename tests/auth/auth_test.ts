/** Who may do what, as an auth server says. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { AbruptServer } from "../harness/abrupt_server.ts";
import { Client } from "../harness/client.ts";
import { pause } from "../harness/eventually.ts";
import { type Nsqd, startNsqd } from "../harness/nsqd.ts";
import { FRAME_RESPONSE, messageBatch, sized, text } from "../harness/wire.ts";
import { AuthServer, EVERYTHING, type Grant, granting } from "./auth_server.ts";

function startWith(...servers: { address: string }[]): Promise<Nsqd> {
  return startNsqd({ flags: servers.map(({ address }) => `--auth-http-address=${address}`) });
}

async function authenticate(client: Client, secret = "s3cret"): Promise<unknown> {
  await client.send("AUTH\n", sized(secret));
  const { type, data } = await client.nextFrame();
  equal(type, FRAME_RESPONSE, text(data));
  return JSON.parse(text(data));
}

/** The first answer to `send` of a client that has these grants. */
async function answerTo(
  nsqd: Nsqd,
  server: AuthServer,
  grants: Grant[],
  ...send: (string | Uint8Array)[]
): Promise<string> {
  server.answer = granting(...grants);
  using client = await Client.connect(nsqd.tcpPort);
  await authenticate(client);
  await client.send(...send);
  return text((await client.nextFrame()).data);
}

Deno.test("AUTH answers with the identity, and passes on who asks", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  using client = await Client.connect(nsqd.tcpPort);
  equal((await client.identify()).auth_required, true);
  deepEqual(await authenticate(client, "ö&="), {
    identity: "user",
    identity_url: "http://who/user",
    permission_count: 1,
  });
  deepEqual(server.questions, [{
    method: "GET",
    path: "/auth",
    facts: { common_name: "", remote_ip: "127.0.0.1", secret: "ö&=", tls: "false" },
  }]);
  await client.subscribe("t", "c");
  const [stats] = (await nsqd.channel("t", "c")).clients!;
  deepEqual([stats!.authed, stats!.auth_identity, stats!.auth_identity_url], [
    true,
    "user",
    "http://who/user",
  ]);
  ok(!nsqd.log().includes("ö"));
});

Deno.test("AUTH asks by POST with lists in JSON", async () => {
  await using server = new AuthServer();
  await using nsqd = await startNsqd({
    flags: [
      `--auth-http-address=http://${server.address}/who`,
      "--auth-http-request-method=post",
    ],
  });
  using client = await Client.connect(nsqd.tcpPort);
  await authenticate(client);
  deepEqual(server.questions, [{
    method: "POST",
    path: "/who",
    facts: { common_name: [""], remote_ip: ["127.0.0.1"], secret: ["s3cret"], tls: ["false"] },
  }]);
});

Deno.test("AUTH is refused without an auth server, and a second time", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  using client = await Client.connect(nsqd.tcpPort);
  await authenticate(client);
  await client.send("AUTH\n", sized("x"));
  await client.expectFatalError("E_INVALID AUTH already set");
  await using open = await startNsqd();
  using other = await Client.connect(open.tcpPort);
  await other.send("AUTH\n", sized("x"));
  await other.expectFatalError("E_AUTH_DISABLED AUTH disabled");
});

Deno.test("PUB, MPUB, DPUB and SUB need AUTH first, and leave no topic behind without it", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  const commands = {
    PUB: ["PUB t\n", sized("x")],
    MPUB: ["MPUB t\n", sized(messageBatch(["x"]))],
    DPUB: ["DPUB t 10\n", sized("x")],
    SUB: ["SUB t c\n"],
  };
  for (const [name, chunks] of Object.entries(commands)) {
    using client = await Client.connect(nsqd.tcpPort);
    await client.send(...chunks);
    await client.expectFatalError(`E_AUTH_FIRST AUTH required before ${name}`);
  }
  deepEqual(await nsqd.topics(), []);
});

Deno.test("commands are carried out as topic and channel patterns allow, anywhere in the name", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  const pub = ["PUB events\n", sized("x")], sub = ["SUB events archive\n"];
  const grant = (topic: string, channels: string[], ...permissions: string[]): Grant[] => [
    { topic, channels, permissions },
  ];
  const both = ["publish", "subscribe"];
  const cases: [Grant[], (string | Uint8Array)[], boolean][] = [
    [grant("vent", [""], ...both), pub, true],
    [grant("^vent", [""], ...both), pub, false],
    [grant("(?i)EVENTS$", ["^$"], "publish"), pub, true],
    [grant("events", ["."], ...both), pub, false],
    [grant("events", [], ...both), pub, false],
    [grant("events", [".*"], "subscribe"), pub, false],
    [grant("events", ["arch"], "subscribe"), sub, true],
    [grant("events", ["^[[:alpha:]]+$"], "subscribe"), sub, true],
    [grant("events", ["^arch$"], "subscribe"), sub, false],
    [grant("events", [".*"], "publish"), sub, false],
    [[...grant("other", [".*"], ...both), ...grant("e", ["a"], "subscribe")], sub, true],
  ];
  for (const [grants, chunks, allowed] of cases) {
    const [name, channel] = chunks === pub ? ["PUB", ""] : ["SUB", "archive"];
    const refusal = `E_UNAUTHORIZED AUTH failed for ${name} on "events" "${channel}"`;
    const answer = await answerTo(nsqd, server, grants, ...chunks);
    equal(answer, allowed ? "OK" : refusal, JSON.stringify(grants));
  }
});

Deno.test("every PUB of a connection is looked at, not only its first", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  server.answer = granting({ topic: "^a$", channels: [""], permissions: ["publish"] });
  using client = await Client.connect(nsqd.tcpPort);
  await authenticate(client);
  await client.publish("a", "1");
  await client.publish("a", "2");
  await client.send("PUB b\n", sized("3"));
  await client.expectFatalError('E_UNAUTHORIZED AUTH failed for PUB on "b" ""');
});

Deno.test("no grants are E_UNAUTHORIZED, nonsense and failures are E_AUTH_FAILED without their reason", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  const nonsense: [unknown, RegExp][] = [
    [{ ...granting(EVERYTHING), ttl: 0 }, /invalid TTL 0/],
    [{ ...granting(EVERYTHING), ttl: "1" }, /ttl is not an integer/],
    [granting({ ...EVERYTHING, permissions: ["own"] }), /unknown permission own/],
    [granting({ ...EVERYTHING, topic: "(" }), /missing closing \)/],
    [granting({ ...EVERYTHING, channels: ["(?=a)"] }), /invalid or unsupported Perl syntax/],
    [new Response("<html>"), /answer is not JSON: "<html>"/],
    [new Response("no", { status: 403 }), /got response 403 "no"/],
    [[1], /unexpected \[1\]/],
  ];
  for (const [answer, logged] of nonsense) {
    server.answer = answer;
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("AUTH\n", sized("s3cret"));
    await client.expectFatalError("E_AUTH_FAILED AUTH failed");
    const line = nsqd.logLines.findLast((each) =>
      / AUTH failed failed to auth against /.test(each)
    );
    match(line ?? "", logged);
  }
  server.answer = granting();
  using client = await Client.connect(nsqd.tcpPort);
  await client.send("AUTH\n", sized("s3cret"));
  await client.expectFatalError("E_UNAUTHORIZED AUTH no authorizations found");
  ok(!nsqd.log().includes("s3cret"));
});

Deno.test("the next auth server is asked when one is down", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith({ address: "127.0.0.1:1" }, server);
  for (let i = 0; i < 6; i++) {
    using client = await Client.connect(nsqd.tcpPort);
    await authenticate(client);
  }
  equal(server.questions.length, 6);
});

Deno.test("an auth server that does not answer holds up only who asks", async () => {
  await using server = new AuthServer();
  await using nsqd = await startNsqd({
    flags: [`--auth-http-address=${server.address}`, "--http-client-request-timeout=1500ms"],
  });
  using quick = await Client.connect(nsqd.tcpPort);
  await authenticate(quick);
  const late = Promise.withResolvers<unknown>();
  using _ = { [Symbol.dispose]: () => late.resolve(null) }; // else the server would wait for ever
  server.answer = late.promise;
  using slow = await Client.connect(nsqd.tcpPort);
  await slow.identify({ heartbeat_interval: 1000 });
  await slow.send("AUTH\n", sized("x"), "PUB t\n", sized("x"));
  await quick.publish("t", "meanwhile");
  await slow.expectSilence(300);
  await slow.expectFatalError("E_AUTH_FAILED AUTH failed");
  await nsqd.waitForLog(/failed to auth against .* - timeout/);
  await quick.expectAlive();
});

Deno.test("commands sent right after AUTH wait for its answer", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  using client = await Client.connect(nsqd.tcpPort);
  await client.send("AUTH\n", sized("x"), "PUB t\n", sized("a"), "SUB t c\n", "RDY 1\n");
  match(text((await client.nextFrame()).data), /^\{"identity"/);
  await client.expectResponse("OK");
  await client.expectResponse("OK");
  equal((await client.nextMessage()).body, "a");
});

Deno.test("when the TTL is over, the server is asked again with the next command", async () => {
  await using server = new AuthServer();
  server.answer = { ...granting(EVERYTHING), ttl: 1 };
  await using nsqd = await startWith(server);
  using client = await Client.connect(nsqd.tcpPort);
  await authenticate(client);
  const bodies = ["a", "b", "c", "d"];
  const expired = () => pause(1100);
  await expired();
  await client.send("PUB t\n", sized("a"), "PUB t\n", sized("b"));
  await client.expectResponse("OK");
  await client.expectResponse("OK");
  equal(server.questions.length, 2);
  await expired();
  await client.publishBatch("t", ["c"]);
  equal(server.questions.length, 3);
  await expired();
  await client.publishDeferred("t", 1, "d");
  await expired();
  await client.subscribe("t", "c", 10);
  equal(server.questions.length, 5);
  deepEqual((await client.consume(4)).map((each) => each.body).sort(), bodies);
  equal(server.questions.at(-1)!.facts.secret, "s3cret");
});

Deno.test("permissions that are gone at the next look refuse the command", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  for (
    const [answer, error] of [
      [
        granting({ ...EVERYTHING, topic: "^other$" }),
        'E_UNAUTHORIZED AUTH failed for MPUB on "t" ""',
      ],
      [new Response("", { status: 500 }), "E_AUTH_FAILED AUTH failed"],
    ] as const
  ) {
    server.answer = { ...granting(EVERYTHING), ttl: 1 };
    using client = await Client.connect(nsqd.tcpPort);
    await authenticate(client);
    server.answer = answer;
    await pause(1100);
    await client.send("MPUB t\n", sized(messageBatch(["x"])));
    await client.expectFatalError(error);
  }
  deepEqual(await nsqd.topics(), []);
});

Deno.test("the log says why an auth server gave no answer, and never the secret", async () => {
  for (
    const [saying, reason] of [
      ["", /connection closed/],
      ["220 smtp\r\n", /the answer is not HTTP: is it the port of an HTTP server\?/],
      ["HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", /error reading a body/],
      ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", /transfer-encoding/],
    ] as const
  ) {
    await using server = new AbruptServer(saying);
    await using nsqd = await startWith(server);
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("AUTH\n", sized("s3cret"));
    await client.expectFatalError("E_AUTH_FAILED AUTH failed");
    const line = await nsqd.waitForLog(/failed to auth against/);
    match(line, reason);
    ok(line.includes(`against ${server.address} - `), line);
    ok(!nsqd.log().includes("s3cret"), line);
  }
});
