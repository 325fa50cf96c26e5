/** `--http-auth-file`: which call takes which role, of every daemon, as docs/http-api.md says. */
import { join } from "node:path";
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  type Daemon,
  eventually,
  projectFolder,
  startAdmin,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { nsq } from "../terminal/nsq.ts";

const ROLES = ["read", "publish", "consume", "operate", "admin"] as const;
type Role = typeof ROLES[number];

/** What a role includes beside itself. */
const INCLUDED: Partial<Record<Role, readonly Role[]>> = {
  operate: ["read"],
  admin: ["read", "publish", "consume", "operate"],
};

const tokenOf = (name: string) => `${name}-0123456789abcdef`;

/** A token for each role, each once for all topics and once for `orders.*`. */
const TOKENS = ROLES.flatMap((role) => [
  { name: role, token: tokenOf(role), roles: [role] },
  {
    name: `${role}-of-orders`,
    token: tokenOf(`${role}-of-orders`),
    roles: [role],
    topics: ["orders.*"],
  },
]);

const folder = new TemporaryDirectory();
const AUTH_FILE = join(folder.path, "tokens.json");
Deno.writeTextFileSync(AUTH_FILE, JSON.stringify({ tokens: TOKENS }));
Deno.test.afterAll(() => folder[Symbol.dispose]());

interface Call {
  method: string;
  path: string;
  need: Role | "nothing";
  isForTopic: boolean;
}

/** The table below a heading of docs/http-api.md. */
function documented(heading: string): Call[] {
  const page = Deno.readTextFileSync(join(projectFolder, "docs/http-api.md"));
  const [, section = ""] = page.split(`\n### ${heading}\n`);
  const rows = section.split(/\n##+ /)[0]!.matchAll(/^\| (\w+)( for topic)? +\| (`.*`) +\|$/gm);
  return [...rows].flatMap(([, need, forTopic, calls]) =>
    [...calls!.matchAll(/`(\w+) ([^`]+)`/g)].map(([, method, path]) => ({
      method: method!,
      path: path!,
      need: need as Role,
      isForTopic: forTopic !== undefined,
    }))
  );
}

/** Parameters that keep calls short, and harmless enough for others to follow. */
const PARAMETERS: Record<string, string> = {
  "/debug/pprof/profile": "seconds=1",
  "/debug/pprof/heap": "seconds=1",
};

/** Makes the call and gives its status, and what a refusal says. */
async function call(
  daemon: Daemon,
  { method, path }: Call,
  { token, topic = "orders.new" }: { token?: string; topic?: string },
): Promise<{ status: number; text: string; challenge: string | null }> {
  const isInPath = path.includes(":topic");
  const at = path.replace(":topic", encodeURIComponent(topic)).replace(":channel", "mail")
    .replace(":opt", "log_level").replace(":node", "127.0.0.1:1").replace(":name", "none")
    .replace(":asset", "console.css");
  const query = [
    PARAMETERS[path],
    isInPath ? undefined : `topic=${encodeURIComponent(topic)}&channel=mail`,
  ];
  const headers: HeadersInit = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await daemon.http(`${at}?${query.filter((each) => each).join("&")}`, {
    method,
    headers,
    ...method !== "GET" && { body: "{}" },
  });
  const { status } = response;
  let text = "";
  if (status === 401 || status === 403) text = await response.text();
  else await response.body?.cancel(); // some never end
  return { status, text, challenge: response.headers.get("WWW-Authenticate") };
}

const isRefused = (status: number) => status === 401 || status === 403;

/** Tries every call with every token. */
async function tryMatrix(daemon: Daemon, calls: readonly Call[], challenge: RegExp): Promise<void> {
  ok(calls.length > 10);
  for (const each of calls) {
    const { method, path, need, isForTopic } = each;
    const what = `${method} ${path}`;
    if (need === "nothing") {
      equal(isRefused((await call(daemon, each, {})).status), false, what);
      continue;
    }
    const unknown = await call(daemon, each, {});
    equal(unknown.status, 401, what);
    match(unknown.text, /UNAUTHORIZED: send a token in a header: Authorization: Bearer TOKEN/);
    match(unknown.challenge ?? "", challenge);
    const wrong = await call(daemon, each, { token: `${tokenOf("admin")}x` });
    equal(wrong.status, 401, what);
    match(wrong.text, /UNAUTHORIZED: nobody has this token/);
    for (const role of ROLES) {
      const suffices: boolean = role === need || (INCLUDED[role] ?? []).includes(need);
      const all = await call(daemon, each, { token: tokenOf(role) });
      equal(isRefused(all.status), !suffices, `${what} by ${role}: ${all.status} ${all.text}`);
      if (!suffices) {
        equal(all.status, 403);
        match(
          all.text,
          new RegExp(`FORBIDDEN: this takes the role ${need}, and ${role} has ${role}`),
        );
      }
      const token = tokenOf(`${role}-of-orders`);
      const some = await call(daemon, each, { token });
      equal(isRefused(some.status), !(suffices && isForTopic), `${what} by ${role}-of-orders`);
      for (const topic of ["payments", "*", "orders.*"]) {
        const other = await call(daemon, each, { token, topic });
        equal(other.status, 403, `${what} of ${topic} by ${role}-of-orders`);
      }
    }
  }
}

Deno.test("a broker's calls take the roles that are documented", async () => {
  await using nsqd = await startNsqd({ flags: [`--http-auth-file=${AUTH_FILE}`] });
  const own = { headers: { Authorization: `Bearer ${tokenOf("admin")}` }, method: "POST" };
  // It is not to end when it is told to drain.
  const kept = await nsqd.http("/pub?topic=kept&defer=600000", { ...own, body: "kept" });
  equal(await kept.text(), "OK");
  await tryMatrix(nsqd, documented("Of the broker"), /^Bearer$/);
});

Deno.test("lookupd's calls take the roles that are documented", async () => {
  await using lookupd = await startLookupd({ flags: [`--http-auth-file=${AUTH_FILE}`] });
  await tryMatrix(lookupd, documented("Of lookupd"), /^Bearer$/);
});

Deno.test("the console's calls take the roles that are documented, below a base path, too", async () => {
  const flags = [`--http-auth-file=${AUTH_FILE}`, "--nsqd-http-address=127.0.0.1:1"];
  const graphite = ["--graphite-url=http://127.0.0.1:1", "--proxy-graphite"];
  await using admin = await startAdmin({ flags: [...flags, ...graphite] });
  await tryMatrix(admin, documented("Of the console"), /^Basic realm="NSQ/);
  await using below = await startAdmin({ flags, basePath: "/nsq" });
  const unasked = await below.http("/nsq/api/topics");
  await unasked.body?.cancel();
  equal(unasked.status, 401);
  const password = btoa(`anybody:${tokenOf("read")}`);
  const page = await below.http("/nsq/", { headers: { Authorization: `Basic ${password}` } });
  equal(isRefused(page.status), false);
  const unknown = await below.http("/nsq/nowhere", { headers: { Accept: "text/html" } });
  equal(await unknown.text(), '{"message":"NOT_FOUND"}');
  await page.body?.cancel();
});

Deno.test("the console leaves what destroys to admins, wherever the body says so", async () => {
  const flags = [`--http-auth-file=${AUTH_FILE}`, "--nsqd-http-address=127.0.0.1:1"];
  await using admin = await startAdmin({ flags });
  const post = async (path: string, body: unknown, role: Role) => {
    const response = await admin.http(path, {
      method: "POST",
      headers: { Authorization: `Bearer ${tokenOf(role)}` },
      body: JSON.stringify(body),
    });
    await response.body?.cancel();
    return response.status;
  };
  const channel = { topic: "t", channel: "c" };
  for (
    const [path, destructive, other] of [
      ["/api/topics/t/c", { action: "empty" }, { action: "pause" }],
      ["/api/console/actions", { deed: "delete", ...channel }, { deed: "pause", ...channel }],
      ["/api/console/messages", { deed: "emptyDead", ...channel }, {
        deed: "kick",
        ...channel,
        state: "dead",
      }],
    ] as const
  ) {
    equal(await post(path, destructive, "operate"), 403, path);
    equal(isRefused(await post(path, destructive, "admin")), false, path);
    equal(isRefused(await post(path, other, "operate")), false, path);
  }
});

Deno.test("tokens may stand as their SHA-256, and a file that makes no sense is refused", async () => {
  using own = new TemporaryDirectory();
  const file = join(own.path, "tokens.json");
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
  const write = (tokens: unknown) => Deno.writeTextFile(file, JSON.stringify({ tokens }));
  await write([{ name: "a", sha256: await digest(tokenOf("a")), roles: ["read"] }]);
  await using nsqd = await startNsqd({ flags: [`--http-auth-file=${file}`] });
  const status = async (token: string) => {
    const response = await nsqd.http("/info", { headers: { Authorization: `Bearer ${token}` } });
    await response.body?.cancel();
    return response.status;
  };
  equal(await status(tokenOf("a")), 200);
  equal(await status(await digest(tokenOf("a"))), 401);

  await write([{ name: "b", token: tokenOf("b"), roles: ["king"] }]);
  await nsqd.waitForLog(
    /HTTP tokens not read again from .*what there was holds - .*b: roles must be a list/,
  );
  equal(await status(tokenOf("a")), 200);
  await write([{ name: "b", token: tokenOf("b"), roles: ["read"] }]);
  await nsqd.waitForLog(/HTTP tokens read again from/);
  deepEqual([await status(tokenOf("a")), await status(tokenOf("b"))], [401, 200]);
  ok(!nsqd.log().includes(tokenOf("b")), "a token is in the log");
});

Deno.test("broker, console and commands show their tokens to each other", async () => {
  const secret = (name: string) => {
    const path = join(folder.path, `${name}.secret`);
    Deno.writeTextFileSync(path, `${tokenOf(name)}\n`);
    return path;
  };
  const auth = `--http-auth-file=${AUTH_FILE}`;
  await using lookupd = await startLookupd({ flags: [auth] });
  const post = (path: string) =>
    lookupd.http(path, {
      method: "POST",
      headers: { Authorization: `Bearer ${tokenOf("admin")}` },
    });
  for (const path of ["/topic/create?topic=t", "/channel/create?topic=t&channel=known"]) {
    const response = await post(path);
    equal(`${response.status} ${await response.text()}`, "200 ");
  }
  await using _nsqd = await startNsqd({
    flags: [
      auth,
      `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
      "--broadcast-address=127.0.0.1",
      `--http-client-auth-secret-file=${secret("read")}`,
    ],
  });
  const env = {
    NSQ_LOOKUPD: `127.0.0.1:${lookupd.httpPort}`,
    NSQ_AUTH_SECRET_FILE: secret("admin"),
  };
  await eventually(async () => match((await nsq("node ls --quiet", env)).stdout, /127\.0\.0\.1/));
  const created = await nsq("topic create t --all-nodes", env);
  equal(created.code, 0, created.stderr);
  // The broker has asked lookupd which channels the topic has.
  await eventually(async () => {
    match((await nsq("channel ls t --quiet", env)).stdout, /known/);
    match((await nsq("channel info t known --json", env)).stdout, /"nodes"/);
  });
  const at = `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`;
  const stat = await nsq(
    `stat --topic=t --channel=known --count=1 ${at} --auth-secret-file=${secret("read")}`,
  );
  equal(stat.code, 0, stat.stderr);
  const bench = await nsq(
    `bench --count=100 --json ${at} --consumer-opt=auth_secret,${tokenOf("admin")}`,
  );
  equal(`${bench.code} ${bench.stderr}`, "0 ");
  equal((await nsq("topic ls --quiet", env)).stdout.trim(), "t"); // it has deleted its own

  const refused = await nsq("topic ls", { ...env, NSQ_AUTH_SECRET_FILE: "" });
  equal(refused.code, 1);
  match(refused.stderr, /UNAUTHORIZED: .*--auth-secret-file/);
  const forbidden = await nsq("topic delete t --yes", {
    ...env,
    NSQ_AUTH_SECRET_FILE: secret("operate"),
  });
  equal(forbidden.code, 1);
  match(forbidden.stderr, /FORBIDDEN: this takes the role admin, and operate has operate/);

  await using admin = await startAdmin({
    flags: [
      `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
      `--http-client-auth-secret-file=${secret("operate")}`,
    ],
  });
  const seen = await (await admin.http("/api/topics/t")).json();
  deepEqual(seen.channels.map((each: { channel_name: string }) => each.channel_name), ["known"]);
});

Deno.test("a token for some topics makes one of them with nsq, though it may not ask what else there is", async () => {
  await using nsqd = await startNsqd({ flags: [`--http-auth-file=${AUTH_FILE}`] });
  const file = join(folder.path, "operate-of-orders.txt");
  await Deno.writeTextFile(file, tokenOf("operate-of-orders"));
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}`, NSQ_AUTH_SECRET_FILE: file };
  const made = await nsq("topic create orders.new --json", env);
  equal(made.code, 0, made.stderr);
  match(made.stdout, new RegExp(`127\\.0\\.0\\.1:${nsqd.httpPort}`));
  const other = await nsq("topic create bills", env);
  equal(other.code, 1);
  match(other.stderr, /FORBIDDEN/);
});
