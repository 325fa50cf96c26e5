/** `nsq completion` and `nsq man`: made of the tables that the help texts are made of. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { eventually, startNsqd, TemporaryDirectory, toolCommand } from "../harness/mod.ts";
import { lacking } from "../harness/required.ts";
import { nsq } from "./nsq.ts";

/** Shells print candidates in tabs, a line for each line that is to be completed. */
const SCRIPTS = {
  bash: `
    source ./completion
    while IFS= read -r line; do
      COMP_LINE="$line" COMP_POINT=\${#line}
      __nsq_complete
      printf '%s\\t' "\${COMPREPLY[@]}"; printf '\\n'
    done`,
  fish: `
    source ./completion
    while read line
      set -l found (complete -C $line | string replace -r '\\t.*' '')
      echo (string join \\t -- $found)
    end`,
  // Its completion works at a prompt alone: in a terminal of our own, where what it adds is written down.
  zsh: `
    zmodload zsh/zpty
    zpty inner zsh -f -i
    zpty -w inner 'PROMPT=; autoload -U compinit; compinit -u -D; source ./completion'
    zpty -w inner 'compadd() { [[ " \${@[1,(i)(-|--)]} " == *" -"[OAD]" "* ]] && { builtin compadd "$@"; return }
      local -a hits; builtin compadd -A hits "$@"; printf "%s\\t" $hits >>hits }'
    zpty -w inner 'noted() { _main_complete; printf "\\n" >>hits }'
    zpty -w inner 'zle -C noted complete-word noted; bindkey "^I" noted; : >hits'
    while [[ ! -e hits ]]; do sleep 0.05; done
    integer lines=0
    while IFS= read -r line; do
      zpty -w -n inner "$line"$'\\t\\C-u'
      lines+=1
      while (( $(wc -l <hits) < lines )); do sleep 0.02; done
    done
    zpty -d inner
    cat hits`,
} as const;
type Shell = keyof typeof SCRIPTS;

/** As they are called so that nothing of this machine's user is read. */
const SHELLS: Record<Shell, readonly string[]> = {
  bash: ["bash", "--norc", "-c"],
  fish: ["fish", "--no-config", "-c"],
  zsh: ["zsh", "-f", "-c"],
};

/** Completes each line in a shell, one process for all of them. */
async function completed(
  shell: Shell,
  lines: readonly string[],
  env: Record<string, string>,
): Promise<string[][]> {
  using folder = new TemporaryDirectory();
  const command = toolCommand("tail").slice(0, -1);
  Deno.mkdirSync(`${folder.path}/bin`);
  folder.write("bin/nsq", `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`);
  Deno.chmodSync(`${folder.path}/bin/nsq`, 0o755);
  folder.write("completion", (await nsq(`completion ${shell}`)).stdout);
  const [executable = "", ...args] = SHELLS[shell];
  const child = new Deno.Command(executable, {
    args: [...args, SCRIPTS[shell]],
    cwd: folder.path,
    env: {
      PATH: `${folder.path}/bin:${Deno.env.get("PATH")}`,
      XDG_CONFIG_HOME: folder.path,
      TERM: "dumb",
      ...env,
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
  await writer.close();
  const { stdout, stderr } = await child.output();
  equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\n").slice(0, lines.length)
    .map((line) => line.split("\t").filter((each) => each !== "").sort());
}

async function hasShell(name: string): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: ["-c", "true"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

for (const shell of ["bash", "zsh", "fish"] as const) {
  Deno.test(`${shell} completes commands, flags, their values, and names that the cluster has`, async () => {
    if (!await hasShell(shell)) return lacking(`${shell} is not installed`);
    await using nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
    await nsqd.create("orders", "archive", "billing");
    await nsqd.create("invoices");
    /** Some shells give a part of a word with what stands before it. */
    const behind = (before: string, shells: readonly Shell[], ...rest: string[]) =>
      shells.includes(shell) ? rest.map((each) => before + each) : rest;
    const value = (flag: string, ...rest: string[]) => behind(`--${flag}=`, ["fish"], ...rest);
    const cases: [line: string, wanted: string[]][] = [
      ["nsq to", ["to-file", "to-http", "to-nsq", "top", "topic"]],
      ["nsq topic p", ["pause", "peek"]],
      ["nsq topic pause --js", ["--json"]],
      ["nsq topic peek orders --sta", [shell === "bash" ? "--state=" : "--state"]],
      ["nsq topic peek orders --state=d", value("state", "deferred", "dead")],
      ["nsq_tail --print", ["--print-topic"]],
      ["nsqd --log-format=", value("log-format", "text", "json")],
      ["nsq topic info ", ["invoices", "orders"]],
      ["nsq channel info orders ", ["archive", "billing"]],
      ["nsq tail --topic=or", value("topic", "orders")],
      [
        "nsq node info 127.0.0.1:",
        behind("127.0.0.1:", ["zsh", "fish"], String(nsqd.httpPort)),
      ],
      ["nsq diff ./comp", behind("./", ["bash", "fish"], "completion")],
      ["nsq nothing ", []],
    ];
    const env = { NSQ_NSQD: `127.0.0.1:${nsqd.httpPort}`, NSQ_LOOKUPD: "", NSQ_CONTEXT: "" };
    await eventually(async () => { // a cluster that does not answer at once is asked again at the next Tab
      const found = await completed(shell, cases.map(([line]) => line), env);
      deepEqual(found, cases.map(([, wanted]) => wanted.sort()));
    });
  });
}

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
