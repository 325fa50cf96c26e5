/** `nsq completion` and `nsq man`: made of the tables that the help texts are made of. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { startNsqd, TemporaryDirectory, toolCommand } from "../harness/mod.ts";
import { nsq } from "./nsq.ts";

/** Completes each line in bash, one process for all of them. */
async function completed(
  lines: readonly string[],
  env: Record<string, string>,
): Promise<string[][]> {
  using folder = new TemporaryDirectory();
  const command = toolCommand("tail").slice(0, -1);
  folder.write("nsq", `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`);
  Deno.chmodSync(`${folder.path}/nsq`, 0o755);
  folder.write("completion", (await nsq("completion bash")).stdout);
  const script = `
    PATH="${folder.path}:$PATH"; source "${folder.path}/completion"
    while IFS= read -r line; do
      COMP_LINE="$line" COMP_POINT=\${#line}
      __nsq_complete
      printf '%s\\t' "\${COMPREPLY[@]}"; printf '\\n'
    done`;
  const child = new Deno.Command("bash", {
    args: ["--norc", "-c", script],
    cwd: folder.path,
    env: { XDG_CONFIG_HOME: folder.path, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
  await writer.close();
  const { stdout, stderr } = await child.output();
  equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((line) => line.split("\t").filter((each) => each !== ""));
}

Deno.test("bash completes commands, flags, their values, and names that the cluster has", async () => {
  await using nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  await nsqd.create("orders", "archive", "billing");
  await nsqd.create("invoices");
  const cases: [line: string, wanted: string[]][] = [
    ["nsq to", ["to-file", "to-http", "to-nsq", "top", "topic"]],
    ["nsq topic p", ["pause", "peek"]],
    ["nsq topic pause --js", ["--json"]],
    ["nsq topic peek orders --sta", ["--state="]],
    ["nsq topic peek orders --state=d", ["deferred", "dead"]],
    ["nsq_tail --print", ["--print-topic"]],
    ["nsqd --log-format=", ["text", "json"]],
    ["nsq topic info ", ["invoices", "orders"]],
    ["nsq channel info orders ", ["archive", "billing"]],
    ["nsq tail --topic=or", ["orders"]],
    [`nsq node info 127.0.0.1:`, [String(nsqd.httpPort)]],
    ["nsq diff ./comp", ["./completion"]],
    ["nsq nothing ", []],
  ];
  const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}`, NSQ_LOOKUPD: "", NSQ_CONTEXT: "" };
  const found = await completed(cases.map(([line]) => line), env);
  // The shell sorts them.
  deepEqual(
    found.slice(0, cases.length - 1).map((each) => each.sort()),
    cases.slice(0, -1).map(([, wanted]) => wanted.sort()),
  );
});

Deno.test("the scripts for zsh and fish know every command", async () => {
  const { stdout: help } = await nsq("--help");
  const names = [...help.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map((found) => found[1]!);
  ok(names.length > 20, help);
  const [zsh, fish] = await Promise.all(["zsh", "fish"].map((each) => nsq(`completion ${each}`)));
  for (const name of names) {
    ok(zsh!.stdout.includes(`'${name}:`), name);
    ok(fish!.stdout.includes(`-a ${name} -d`), name);
  }
});

Deno.test("nsq man has a page for every command, with all its flags and examples", async () => {
  using folder = new TemporaryDirectory();
  const { stdout } = await nsq(`man --output-dir=${folder.path} --quiet`);
  const pages = stdout.trim().split("\n").map((path) => path.split("/").at(-1));
  ok(pages.includes("nsq.1") && pages.includes("nsq-nsqd.1") && pages.includes("nsq-topic.1"));
  const topic = new TextDecoder().decode(folder.read("nsq-topic.1"));
  match(topic, /^\.TH NSQ\\-TOPIC 1 /);
  for (const flag of ["all-nodes", "yes", "state", "context"]) {
    ok(topic.includes(`\\fB\\-\\-${flag.replaceAll("-", "\\-")}\\fR`), flag);
  }
  ok(topic.includes("nsq topic create invoices"));
  equal((await nsq("man topic")).stdout.trimEnd(), topic.trimEnd());
  const unknown = await nsq("man topik");
  deepEqual([unknown.code, /did you mean topic\?/.test(unknown.stderr)], [2, true]);
});
