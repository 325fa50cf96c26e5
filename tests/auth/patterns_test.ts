/** Patterns of an auth server: whatever they are, the broker goes on. */
import { equal, match, ok } from "../harness/assert.ts";
import { Client } from "../harness/client.ts";
import { withDeadline } from "../harness/eventually.ts";
import { type Nsqd, startNsqd } from "../harness/nsqd.ts";
import { betterThanReference } from "../harness/target.ts";
import { sized, text } from "../harness/wire.ts";
import { AuthServer, granting } from "./auth_server.ts";

/** A name that the first of them takes 2^41 steps to refuse, when they are tried one after the other. */
const HARD_NAME = "a".repeat(41) + ".." + "b";
const HARD_PATTERNS = ["^([a-z0-9]+[._-]?)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "^(a|a?)+$"];
const SOON_MS = 5_000;

async function startWith(server: AuthServer, ...topics: string[]): Promise<Nsqd> {
  const permissions = ["publish", "subscribe"];
  server.answer = granting(...topics.map((topic) => ({ topic, channels: [".*"], permissions })));
  return await startNsqd({ flags: [`--auth-http-address=${server.address}`] });
}

/** What AUTH, and then `send`, are answered. */
async function answers(nsqd: Nsqd, ...send: (string | Uint8Array)[]): Promise<string[]> {
  using client = await Client.connect(nsqd.tcpPort);
  await client.send("AUTH\n", sized("s3cret"));
  const auth = text((await client.nextFrame()).data);
  if (send.length === 0) return [auth];
  await client.send(...send);
  const answer = client.nextFrame();
  const ping = await withDeadline(nsqd.http("/ping"), SOON_MS, "answer to /ping meanwhile");
  equal(await ping.text(), "OK");
  return [auth, text((await withDeadline(answer, SOON_MS, "answer to a command")).data)];
}

for (const pattern of HARD_PATTERNS) {
  Deno.test(`a broker serves while it tries ${pattern} on a hostile name, and ends by SIGTERM`, async () => {
    await using server = new AuthServer();
    await using nsqd = await startWith(server, pattern);
    const body = sized("x");
    const [, published] = await answers(nsqd, `PUB ${HARD_NAME}\n`, body);
    equal(published, `E_UNAUTHORIZED AUTH failed for PUB on "${HARD_NAME}" ""`);
    const [, subscribed] = await answers(nsqd, `SUB ${HARD_NAME} c\n`);
    equal(subscribed, `E_UNAUTHORIZED AUTH failed for SUB on "${HARD_NAME}" "c"`);
    await nsqd.stop();
  });
}

betterThanReference(
  "an answer with a pattern that is none, or too many, is no answer",
  async () => {
    await using server = new AuthServer();
    const many = Array.from({ length: 1001 }, (_, index) => `^topic${index}$`);
    const costly = "((a?){30}){30}"; // each takes as long as 3,660 characters
    const cases: [patterns: string[], why: RegExp][] = [
      [["("], /missing closing \)/],
      [many, /1002 patterns/],
      [[costly.repeat(5)], /pattern of \d+ characters, with repetitions written out, is too long/],
      [[costly.repeat(60)], /2 patterns of \d+ characters, with repetitions written out, are too/],
    ];
    for (const [patterns, why] of cases) {
      await using nsqd = await startWith(server, ...patterns);
      match((await answers(nsqd))[0]!, /^E_AUTH_FAILED AUTH failed$/);
      await nsqd.waitForLog(why);
    }
    await using nsqd = await startWith(server, ...many.slice(2));
    const [auth, published] = await answers(nsqd, "PUB topic1000\n", sized("x"));
    ok(auth!.includes('"permission_count":999'), auth);
    equal(published, "OK");
  },
);

Deno.test("more clients than patterns are kept may each have patterns of their own", async () => {
  await using server = new AuthServer();
  await using nsqd = await startWith(server);
  const permissions = ["publish"];
  const grants = (number: number) =>
    ["", "a", "b"].map((letter) => ({
      topic: `^(?:own${letter}${number}|shared${letter})$`,
      channels: [".*"],
      permissions,
    }));
  const clients: Client[] = [];
  try {
    for (let number = 0; number < 400; number++) {
      const client = await Client.connect(nsqd.tcpPort);
      clients.push(client);
      server.answer = granting(...grants(number));
      await client.send("AUTH\n", sized("s3cret"));
      match(text((await client.nextFrame()).data), /"permission_count":3/);
    }
    for (const [number, client] of clients.entries()) {
      for (const letter of ["", "a", "b"]) {
        await client.send(`PUB shared${letter}\n`, sized("x"));
        equal(text((await client.nextFrame()).data), "OK", `${number}`);
      }
    }
    await clients[0]!.send("PUB own399\n", sized("x"));
    match(text((await clients[0]!.nextFrame()).data), /^E_UNAUTHORIZED/);
  } finally {
    for (const client of clients) client.close();
  }
});
