/** The program `nsq`: names its subcommands and loads the one that is asked for. */

import process from "node:process";
import { dispatch, type Subcommand } from "./lib/cli/dispatch.ts";
import { EXIT_USAGE } from "./lib/cli/options_or_exit.ts";
import { versionLine } from "./lib/version.ts";

const SUBCOMMANDS: readonly Subcommand[] = [
  {
    names: ["nsqd"],
    summary: "the broker",
    run: async (args) => (await import("./lib/nsqd/main.ts")).run(args),
  },
  {
    names: ["lookupd", "nsqlookupd"],
    summary: "tells consumers where topics are",
    run: async (args) => (await import("./lookupd/main.ts")).run(args),
  },
  { names: ["admin", "nsqadmin"], summary: "web console of a cluster" },
  { names: ["tail", "nsq_tail"], summary: "prints messages of a topic" },
  { names: ["to-file", "nsq_to_file"], summary: "writes messages to files" },
  { names: ["to-http", "nsq_to_http"], summary: "sends messages to HTTP servers" },
  { names: ["to-nsq", "nsq_to_nsq"], summary: "copies messages to other brokers" },
  { names: ["pub", "to_nsq"], summary: "publishes what stdin holds" },
  { names: ["stat", "nsq_stat"], summary: "prints figures of topics and channels" },
  { names: ["top"], summary: "shows topics and channels at work" },
  { names: ["bench"], summary: "measures a broker" },
  {
    names: ["standalone"],
    summary: "broker and lookupd in one process",
    run: async (args) => (await import("./standalone/main.ts")).run(args),
  },
];

if (import.meta.main) {
  const asked = dispatch(SUBCOMMANDS, process.argv0, Deno.args, versionLine("nsq"));
  if (asked.kind === "run") await asked.run();
  else if (asked.kind === "print") console.log(asked.text);
  else {
    console.error(asked.text);
    Deno.exitCode = EXIT_USAGE;
  }
}
