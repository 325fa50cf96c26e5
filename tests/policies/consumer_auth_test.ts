/** What an auth server says holds for those who look and consume over HTTP as for SUB. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { betterThanReference, type Nsqd, startNsqd } from "../harness/mod.ts";
import { AuthServer, type Grant, granting } from "../auth/auth_server.ts";

async function withSecret(nsqd: Nsqd, method: string, path: string, secret = "s3cret") {
  const headers: HeadersInit = secret === "" ? {} : { Authorization: `Bearer ${secret}` };
  const response = await nsqd.http(path, { method, headers });
  return `${response.status} ${await response.text()}`;
}

/** Every call that needs the permission to subscribe. */
const CALLS: [method: string, path: string][] = [
  ["GET", "/channel/peek?topic=t&channel=ch"],
  ["GET", "/topic/peek?topic=t"],
  ["POST", "/channel/take?topic=t&channel=ch"],
  ["GET", "/channel/stream?topic=t&channel=ch"],
  ["POST", "/message/finish?topic=t&channel=ch&lease=x"],
  ["POST", "/message/requeue?topic=t&channel=ch&lease=x"],
  ["POST", "/message/touch?topic=t&channel=ch&lease=x"],
  ["POST", "/channel/kick?topic=t&channel=ch"],
  ["POST", "/channel/dead/empty?topic=t&channel=ch"],
  ["POST", "/message/delete?topic=t&channel=ch&id=0123456789abcdef"],
];

const mayPublish: Grant = { topic: "t", channels: [".*"], permissions: ["publish"] };
const maySubscribe: Grant = { topic: "t", channels: ["ch"], permissions: ["subscribe"] };

betterThanReference("consuming over HTTP needs the permission to subscribe", async () => {
  await using server = new AuthServer();
  await using nsqd = await startNsqd({ flags: [`--auth-http-address=${server.address}`] });
  await nsqd.create("t", "ch", "other");
  await nsqd.post("/pub?topic=t", "hello");

  for (const [method, path] of CALLS) {
    match(await withSecret(nsqd, method, path, ""), /^401 .*Authorization: Bearer SECRET/, path);
  }
  server.answer = granting(mayPublish);
  for (const [method, path] of CALLS) {
    match(await withSecret(nsqd, method, path, "publisher"), /^403 .*AUTH failed for /, path);
  }
  server.answer = granting();
  match(await withSecret(nsqd, ...CALLS[2]!, "nobody"), /^403 .*no authorizations/);
  server.answer = new Response("no", { status: 403 });
  match(await withSecret(nsqd, ...CALLS[2]!, "unknown"), /^401 .*AUTH failed/);
  equal((await nsqd.channel("t", "ch")).client_count, 0);

  server.answer = granting(maySubscribe);
  const [peek, topicPeek, take] = CALLS as [typeof CALLS[0], typeof CALLS[0], typeof CALLS[0]];
  match(await withSecret(nsqd, ...peek), /^200 .*hello/);
  match(await withSecret(nsqd, ...topicPeek), /^200 /);
  const taken = await withSecret(nsqd, ...take);
  const { lease } = JSON.parse(taken.slice("200 ".length)).messages[0];
  match(
    await withSecret(nsqd, "POST", `/message/finish?topic=t&channel=ch&lease=${lease}`),
    /^200 /,
  );
  match(
    await withSecret(nsqd, "POST", "/channel/take?topic=t&channel=other"),
    /^403 .*AUTH failed for take on \\"t\\" \\"other\\"/,
  );
  const [client] = (await nsqd.channel("t", "ch")).clients!;
  deepEqual([client!.authed, client!.auth_identity], [true, "user"]);
  ok(!nsqd.log().includes("s3cret"), "the secret stands in the log");
});

betterThanReference("cancelling a message needs the permission to publish", async () => {
  await using server = new AuthServer();
  await using nsqd = await startNsqd({ flags: [`--auth-http-address=${server.address}`] });
  await nsqd.create("t", "ch");
  await nsqd.post("/pub?topic=t&key=k&defer=600000", "hello");
  const cancel = (secret: string) =>
    withSecret(nsqd, "POST", "/message/cancel?topic=t&key=k", secret);
  match(await cancel(""), /^401 /);
  server.answer = granting(maySubscribe);
  match(await cancel("consumer"), /^403 .*AUTH failed for cancel/);
  server.answer = granting(mayPublish);
  equal(await cancel("publisher"), '200 {"count":1,"channels":1}');
});

betterThanReference("the auth server is asked once while its answer holds", async () => {
  await using server = new AuthServer();
  await using nsqd = await startNsqd({ flags: [`--auth-http-address=${server.address}`] });
  await nsqd.create("t", "ch");
  for (let i = 0; i < 3; i++) match(await withSecret(nsqd, ...CALLS[2]!), /^200 /);
  deepEqual(server.questions, [{
    method: "GET",
    path: "/auth",
    facts: { common_name: "", remote_ip: "127.0.0.1", secret: "s3cret", tls: "false" },
  }]);
  server.answer = { ...granting(maySubscribe), ttl: 1 };
  match(await withSecret(nsqd, ...CALLS[2]!, "other"), /^200 /);
  equal(server.questions.length, 2);
  server.answer = granting(mayPublish);
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the ttl is whole seconds
  match(await withSecret(nsqd, ...CALLS[2]!, "other"), /^403 /);
  equal(server.questions.length, 3);
});
