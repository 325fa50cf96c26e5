/** Every command's help ends with examples that do what they say: all of them are run as they stand there. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { Client, eventually, startNsqd, TemporaryDirectory, toolCommand } from "../harness/mod.ts";
import { nsq, SmallCluster } from "./nsq.ts";

/**
 * Groups, and commands of their own: those of one list one after the other, as one finds what another has made, the lists side by side.
 * Draining a broker comes last.
 */
const SIDE_BY_SIDE = [
  ["topic", "context", "completion"],
  ["channel", "man"],
  ["policy", "message"],
  ["check", "export", "diff", "import"],
];
const LAST = ["node"];

/** The examples of a manual page, which come from where those of the help come from. */
function examplesOf(page: string): string[] {
  return [...page.matchAll(/^\.nf\n\.RS 4\n([^]*?)\n\.RE$/gm)]
    .map((found) => found[1]!.replaceAll("\\-", "-").replaceAll("\\e", "\\"));
}

/** A folder to run examples in: with `nsq`, a stand-in for man(1), and the files that some read. */
function prepare(folder: TemporaryDirectory): void {
  const command = toolCommand("tail").slice(0, -1).join(" ");
  const home = Deno.env.get("HOME") ?? "/";
  Deno.mkdirSync(`${folder.path}/bin`);
  folder.write("bin/nsq", `#!/bin/sh\nHOME=${home} exec ${command} "$@"\n`);
  folder.write("bin/man", "#!/bin/sh\nexec cat\n");
  for (const name of ["nsq", "man"]) Deno.chmodSync(`${folder.path}/bin/${name}`, 0o755);
  Deno.mkdirSync(`${folder.path}/home`);
  const certificate = new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "60", "-subj", "/CN=nsqd"],
      ...["-keyout", `${folder.path}/key.pem`, "-out", `${folder.path}/cert.pem`],
    ],
    stdout: "null",
    stderr: "null",
  }).outputSync();
  ok(certificate.success);
}

/** A shell that has only its own name for `source` and `eval` cannot run those of others. */
function canRun(example: string): boolean {
  return !/eval "\$\(nsq completion zsh|\| source$/.test(example);
}

/** What the examples act on. */
async function fill(cluster: SmallCluster, folder: TemporaryDirectory): Promise<void> {
  const { first, env } = cluster;
  await cluster.create("orders", "archive", "old", "older");
  await cluster.create("old");
  for (const topic of ["older", "moved"]) await first.create(topic);
  await first.post("/mpub?topic=orders", "1\n2\n3");
  await first.post("/pub?topic=orders&defer=3600000", "later");
  await eventually(async () => ok((await cluster.lookupd.topics()).includes("moved")));
  for (const name of ["old", "older"]) {
    equal((await nsq(`policy create ${name} --topic=${name} --set=max_attempts=3`, env)).code, 0);
  }
  folder.write("cluster.json", (await nsq("export", env)).stdout);
  await nsq(`context add old --nsqd-http-address=127.0.0.1:1`, { XDG_CONFIG_HOME: folder.path });
}

Deno.test("the examples of every command that acts on a cluster work", async () => {
  using folder = new TemporaryDirectory();
  prepare(folder);
  await using cluster = await SmallCluster.start("--durable=orders");
  await using other = await startNsqd({
    flags: [
      "--broadcast-address=127.0.0.1",
      `--tls-cert=${folder.path}/cert.pem`,
      `--tls-key=${folder.path}/key.pem`,
    ],
  });
  await fill(cluster, folder);
  const consumers = await Promise.all([1, 2, 3].map(() => Client.connect(cluster.first.tcpPort)));
  for (const consumer of consumers) await consumer.subscribe("orders", "archive");
  const addresses: Record<string, string> = {
    "127.0.0.1:4161": `127.0.0.1:${cluster.lookupd.httpPort}`,
    "127.0.0.1:4151": `127.0.0.1:${cluster.first.httpPort}`,
    "127.0.0.1:5151": `127.0.0.1:${other.httpPort}`,
    "127.0.0.1:5150": `127.0.0.1:${other.tcpPort}`,
  };
  const env = { ...cluster.env, HOME: `${folder.path}/home`, XDG_CONFIG_HOME: folder.path };
  await Promise.all(
    SIDE_BY_SIDE.map((commands) => runExamples(commands, { addresses, env, folder })),
  );
  await runExamples(LAST, { addresses, env, folder });
  equal(await other.ended(), 0, "it was drained");
  for (const consumer of consumers) consumer.close();
});

async function runExamples(
  commands: readonly string[],
  { addresses, env, folder }: {
    readonly addresses: Record<string, string>;
    readonly env: Record<string, string>;
    readonly folder: TemporaryDirectory;
  },
): Promise<void> {
  let script = "";
  for (const name of commands) {
    const examples = examplesOf((await nsq(`man ${name}`)).stdout);
    ok(examples.length >= 2, name);
    for (const example of examples.filter(canRun)) {
      const quoted = example.replaceAll(/["$`\\]/g, "");
      script += `{ ${example}\n} || { echo "FAILED: ${quoted}" >&2; exit 1; }\n`;
    }
  }
  for (const [usual, actual] of Object.entries(addresses)) {
    script = script.replaceAll(usual, actual);
  }
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["--norc", "-c", `PATH="$PWD/bin:$PATH"\n${script}`],
    cwd: folder.path,
    env: { NSQ_CONTEXT: "", NSQ_NSQD: "", ...env },
    stdin: "null",
  }).output();
  equal(code, 0, new TextDecoder().decode(stderr));
}

Deno.test("nsq man shows no default that is another on every machine", async () => {
  const { stdout } = await nsq("man nsqd");
  match(stdout, /default is a hash of the hostname$/m);
});

Deno.test("the help of a command ends with two examples at least", async () => {
  const namesIn = (help: string) =>
    [...help.matchAll(/^ {2}([a-z-]+)(?: [A-Z[][^ ]*)* {2,}/gm)].map(([, name]) => name!);
  const lacking: string[] = [];
  const look = async (command: string) => {
    const { stdout } = await nsq(`${command} --help`);
    const count = /\nExamples:\n([^]*)$/.exec(stdout)?.[1]?.match(/^ {2}# /gm)?.length ?? 0;
    if (count < 2) lacking.push(`${command}: ${count}`);
    return /^Commands:\n((?: {2}.*\n)+)/m.exec(stdout)?.[1] ?? "";
  };
  const commands = namesIn((await nsq("--help")).stdout);
  ok(commands.length > 20);
  let actions = 0;
  for (const command of commands) {
    for (const name of namesIn(await look(command))) {
      await look(`${command} ${name}`);
      actions++;
    }
  }
  deepEqual(lacking, []);
  ok(actions > 30, `${actions} commands of groups`);
});
