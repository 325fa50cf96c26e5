/** `nsq pub`, `nsq tail` and `nsq stat` without an address, in a network of their own: the default ports may be taken in this one. */
import { equal, match } from "../harness/assert.ts";
import {
  isToolsReference,
  projectFolder,
  TemporaryDirectory,
  toolCommand,
} from "../harness/mod.ts";
import { lacking } from "../harness/required.ts";

const UNSHARE = ["unshare", "--net", ...Deno.uid() === 0 ? [] : ["--map-root-user"]];

async function run(command: readonly string[], env: Record<string, string>) {
  const [executable = "", ...args] = command;
  const output = await new Deno.Command(executable, { args, cwd: projectFolder, env }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
}

/** Runs a script in such a network; `$@` are the words that start our program. Undefined where none can be made. */
async function alone(script: string, env: Record<string, string> = {}) {
  const up = [...UNSHARE, "ip", "link", "set", "lo", "up"];
  if ((await run(up, {})).code !== 0) return lacking("no network can be made");
  using folder = new TemporaryDirectory();
  const program = toolCommand("tail").slice(0, -1);
  return await run(
    [...UNSHARE, "sh", "-c", `ip link set lo up; ${script}`, "sh", ...program],
    {
      ...{ NSQ_LOOKUPD: "", NSQ_NSQD: "", NSQ_CONTEXT: "", XDG_CONFIG_HOME: folder.path },
      ...{ DATA: folder.path },
      ...env,
    },
  );
}

function ours(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: isToolsReference || Deno.build.os !== "linux", fn });
}

ours("without an address pub, tail and stat find this machine's broker", async () => {
  const outcome = await alone(`
    "$@" nsqd --data-path="$DATA" --broadcast-address=127.0.0.1 2>"$DATA/log" & nsqd=$!
    timeout 10 sh -c 'until grep -q "HTTP: listening" "$DATA/log"; do sleep 0.05; done' || exit 1
    "$@" topic create t >/dev/null && "$@" channel create t c >/dev/null || exit 1
    echo hello | "$@" pub --topic=t --log-level=warn || exit 1
    "$@" stat --topic=t --channel=c --count=1 --interval=100ms --json || exit 1
    "$@" tail --topic=t --channel=c -n 1 || exit 1
    kill $nsqd; wait $nsqd
    grep -E 'ERROR|WARNING' "$DATA/log"`);
  if (outcome === undefined) return;
  equal(outcome.stderr, "");
  const [figures = "", message, ...more] = outcome.stdout.trim().split("\n");
  equal(JSON.parse(figures).depth, 1, outcome.stdout);
  equal([message, ...more].join("\n"), "hello");
});

ours("without an address, and without a broker here, they say what is missing", async () => {
  const cases: [string, RegExp][] = [
    [
      "pub --topic=t </dev/null",
      /no address was given, and no broker listens at 127\.0\.0\.1:4150: --nsqd-tcp-a/,
    ],
    [
      "tail --topic=t",
      /no address was given, and no broker listens at 127\.0\.0\.1:4150: --nsqd-tcp-a/,
    ],
    [
      "stat --topic=t --channel=c",
      /connection refused\n.*no address was given, .*127\.0\.0\.1:4161.*127\.0\.0\.1:4151.* says another\n$/,
    ],
  ];
  for (const [words, says] of cases) {
    const outcome = await alone(`"$@" ${words}`);
    if (outcome === undefined) return;
    equal(outcome.code, 1, words);
    match(outcome.stderr, says);
  }
});

ours(
  "an address has to be given to the reference's names, and where others would be overlooked",
  async () => {
    const missing: [string, Record<string, string>, RegExp][] = [
      ["to_nsq --topic=t </dev/null", {}, /-address is required, as in/],
      ["nsq_tail --topic=t", {}, /-address is required, as in/],
      ["nsq_stat --topic=t --channel=c", {}, /-address required\n$/],
      [
        "pub --topic=t </dev/null",
        { NSQ_NSQD: "x:1" },
        /\(NSQ_NSQD: for commands such as nsq topic alone\)/,
      ],
    ];
    for (const [words, env, says] of missing) {
      const outcome = await alone(`"$@" ${words}`, env);
      if (outcome === undefined) return;
      equal(outcome.code, 2, words);
      match(outcome.stderr, says);
    }
    const selected = await alone(
      '"$@" context add live --nsqd-http-address=127.0.0.1:1 >/dev/null; "$@" context select live >/dev/null; "$@" tail --topic=t',
    );
    if (selected === undefined) return;
    equal(selected.code, 2);
    match(
      selected.stderr,
      /is required.* \(the context live: for commands such as nsq topic alone\)\n$/,
    );
  },
);
