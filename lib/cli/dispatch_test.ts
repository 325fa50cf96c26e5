import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { dispatch, type Subcommand } from "./dispatch.ts";

Deno.test("dispatch tells by which name the subcommand was called", async () => {
  const called: string[] = [];
  const run = (_: string[], as: string) => Promise.resolve(void called.push(as));
  const commands = [{ names: ["tail", "nsq_tail"], summary: "tails", run }];
  const calls = [["nsq", "tail"], ["nsq", "nsq_tail"], ["/bin/nsq_tail"], ["tail"], [
    "nsq",
    "help",
    "tail",
  ]];
  for (const [executable, ...args] of calls) {
    const asked = dispatch(commands, executable!, args, "nsq v1");
    if (asked.kind === "run") await asked.run();
  }
  deepStrictEqual(called, ["tail", "nsq_tail", "nsq_tail", "tail", "tail"]);
});

/** Dispatches and runs; returns the arguments that the role got, or else the outcome. */
async function outcome(executable: string, ...args: string[]): Promise<unknown> {
  let got: unknown = undefined;
  const commands: Subcommand[] = [
    { names: ["nsqd"], summary: "broker", run: (given) => Promise.resolve(void (got = given)) },
    { names: ["lookupd", "nsqlookupd"], summary: "directory" },
  ];
  const asked = dispatch(commands, executable, args, "nsq v1");
  if (asked.kind !== "run") return asked;
  await asked.run();
  return got;
}

Deno.test("dispatch runs the subcommand with the rest of the arguments", async () => {
  deepStrictEqual(await outcome("/bin/nsq", "nsqd", "-a", "b"), ["-a", "b"]);
});

Deno.test("dispatch takes the subcommand from the name of a link", async () => {
  deepStrictEqual(await outcome("/usr/bin/nsqd", "-a"), ["-a"]);
  deepStrictEqual(await outcome("nsqd"), []);
  deepStrictEqual(await outcome("./nsqlookupd"), {
    kind: "fail",
    text: "nsq lookupd: not supported yet",
  });
});

Deno.test("dispatch refuses commands that are to come, by either name", async () => {
  for (const name of ["lookupd", "nsqlookupd"]) {
    deepStrictEqual(await outcome("nsq", name, "--help"), {
      kind: "fail",
      text: "nsq lookupd: not supported yet",
    });
  }
});

Deno.test("dispatch refuses an unknown command in one line", async () => {
  const unknown = { kind: "fail", text: 'nsq: unknown command "nope", see nsq --help' };
  deepStrictEqual(await outcome("nsq", "nope"), unknown);
  deepStrictEqual(await outcome("nsq", "help", "nope"), unknown);
});

Deno.test("dispatch suggests the command that was meant", async () => {
  const meant = { nqsd: "nsqd", nsqds: "nsqd", "lookup-d": "lookupd", nsqlokupd: "nsqlookupd" };
  for (const [typed, name] of Object.entries(meant)) {
    deepStrictEqual(await outcome("nsq", typed), {
      kind: "fail",
      text: `nsq: unknown command "${typed}", did you mean ${name}? See nsq --help`,
    });
  }
});

Deno.test("dispatch takes a flag that stands first for no command", async () => {
  const texts = {
    "--verison": 'unknown option "--verison", did you mean --version? See nsq --help',
    "--tcp-address=x":
      'unknown option "--tcp-address=x", flags stand behind a command, as in nsq nsqd --version; see nsq --help',
  };
  for (const [typed, text] of Object.entries(texts)) {
    deepStrictEqual(await outcome("nsq", typed), { kind: "fail", text: `nsq: ${text}` });
  }
});

Deno.test("dispatch prints version and help, and fails with help when nothing is asked", async () => {
  for (const version of ["-version", "--version", "version"]) {
    deepStrictEqual(await outcome("nsq", version), { kind: "print", text: "nsq v1" });
  }
  for (const help of ["help", "-h", "-help", "--help"]) {
    const { kind, text } = await outcome("nsq", help) as { kind: string; text: string };
    strictEqual(kind, "print");
    match(text, /^ {2}lookupd +directory \(also nsqlookupd; not supported yet\)$/m);
  }
  strictEqual((await outcome("nsq") as { kind: string }).kind, "fail");
  deepStrictEqual(await outcome("nsq", "help", "nsqd"), ["--help"]);
});

Deno.test("the help text has a heading for each kind of command", () => {
  const commands: Subcommand[] = [
    { names: ["nsqd"], summary: "broker", heading: "Daemons" },
    { names: ["tail"], summary: "prints" },
    { names: ["lookupd"], summary: "directory", heading: "Daemons" },
  ];
  const asked = dispatch(commands, "nsq", ["--help"], "nsq v1");
  const text = asked.kind === "print" ? asked.text : "";
  match(text, /^Daemons:\n {2}nsqd .*\n {2}lookupd .*\n\nCommands:\n {2}tail /m);
});
