/** `nsq context`, and which cluster a command acts on. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { inTerminal, startNsqd, TemporaryDirectory } from "../harness/mod.ts";
import { nsq, printed } from "./nsq.ts";

Deno.test("a command acts on what flags, --context, the environment or the selected context say, in this order", async () => {
  using folder = new TemporaryDirectory();
  await using one = await startNsqd();
  await using two = await startNsqd();
  await one.create("of-one");
  await two.create("of-two");
  const first = `127.0.0.1:${one.httpPort}`, second = `127.0.0.1:${two.httpPort}`;
  const home = { XDG_CONFIG_HOME: folder.path };
  const topics = async (flags: string, env: Record<string, string> = {}) =>
    (await nsq(`topic ls --quiet${flags}`, { ...home, ...env })).stdout.trim();

  equal((await nsq(`context add a --nsqd-http-address=${first}`, home)).code, 0);
  await nsq(`context add b --nsqd-http-address=${second}`, home);
  equal(await topics(""), "of-one", "the first one is selected");
  equal(await topics("", { NSQ_CONTEXT: "b" }), "of-two");
  equal(await topics("", { NSQ_CONTEXT: "a", NSQ_NSQD: second }), "of-two");
  equal(await topics(" --context=a", { NSQ_NSQD: second }), "of-one");
  equal(await topics(` --nsqd-http-address=${first}`, { NSQ_NSQD: second }), "of-one");
  await nsq("context select b", home);
  equal(await topics(""), "of-two");
  const { items } = printed(await nsq("context ls --json", home));
  deepEqual(items.map(({ name, selected }) => [name, selected]), [["a", false], ["b", true]]);
  await nsq("context rm b", home);
  equal((await nsq("context ls --quiet", home)).stdout, "a\n");
  const gone = await nsq("topic ls --context=b", home);
  deepEqual([gone.code, gone.stderr.includes('there is no context "b"')], [2, true]);
});

Deno.test("a context's secret is read anew each time, from a file or a command, and sent to every daemon", async () => {
  using folder = new TemporaryDirectory();
  const home = { XDG_CONFIG_HOME: folder.path };
  const seen: (string | null)[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.push(request.headers.get("authorization"));
    return Response.json(
      new URL(request.url).pathname === "/info"
        ? { version: "1.3.0" }
        : { health: "OK", topics: [] },
    );
  });
  const address = `--nsqd-http-address=127.0.0.1:${server.addr.port}`;
  folder.write("secret", "from-a-file\n");
  await nsq(`context add file ${address} --auth-secret-file=${folder.path}/secret`, home);
  equal((await nsq("topic ls", home)).code, 0);
  folder.write("secret", "another\n");
  await nsq("topic ls", home);
  await nsq(`context add command ${address} --auth-secret-command=printf\tfrom-sh`, home);
  await nsq("topic ls --context=command", home);
  deepEqual([...new Set(seen)], ["Bearer from-a-file", "Bearer another", "Bearer from-sh"]);

  Deno.removeSync(`${folder.path}/secret`);
  const lost = await nsq("topic ls", home);
  equal(lost.code, 1);
  match(
    lost.stderr,
    /^nsq topic ls: cannot read the secret in \/.*\/secret: no such file or directory$/m,
  );
  const kept = Deno.readTextFileSync(`${folder.path}/nsq/contexts.json`);
  equal(/from-a-file|another/.test(kept), false, "it is kept nowhere else");
});

Deno.test("a production context asks twice, and a script must name it", async () => {
  using folder = new TemporaryDirectory();
  await using nsqd = await startNsqd();
  await nsqd.create("dear");
  const home = { XDG_CONFIG_HOME: folder.path };
  await nsq(`context add live --production --nsqd-http-address=127.0.0.1:${nsqd.httpPort}`, home);
  const merely = await nsq("topic delete dear --yes", home);
  equal(merely.code, 1);
  match(merely.stderr, /live is a production context, name it by --context=live beside --yes/);
  equal((await nsqd.topics("dear")).length, 1);

  const drained = await nsq("node drain", home);
  deepEqual([drained.code, /refuses its publishers, and ends it\. Nothing/.test(drained.stderr)], [
    1,
    true,
  ]);

  const ask = async (answers: [string, string][]) =>
    await inTerminal("topic", ["delete", "dear"], answers, home);
  const wrong = await ask([["Go on? [y/N]", "y\n"], ["Type its name", "life\n"]]);
  deepEqual([wrong.code, (await nsqd.topics("dear")).length], [1, 1]);
  const right = await ask([["Go on? [y/N]", "y\n"], ["Type its name", "live\n"]]);
  deepEqual([right.code, (await nsqd.topics("dear")).length], [0, 0], right.shown);
  await nsqd.create("dear");
  equal((await nsq("topic delete dear --yes --context=live", home)).code, 0);
});
