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
  {
    names: ["admin", "nsqadmin"],
    summary: "web console of a cluster",
    run: async (args) => (await import("./admin/main.ts")).run(args),
  },
  {
    names: ["tail", "nsq_tail"],
    summary: "prints messages of a topic",
    run: async (args) => (await import("./lib/tools/tail/main.ts")).run(args),
  },
  {
    names: ["to-file", "nsq_to_file"],
    summary: "writes messages to files",
    run: async (args) => (await import("./lib/tools/to_file/main.ts")).run(args),
  },
  {
    names: ["to-http", "nsq_to_http"],
    summary: "sends messages to HTTP servers",
    run: async (args) => (await import("./lib/tools/to_http/main.ts")).run(args),
  },
  {
    names: ["to-nsq", "nsq_to_nsq"],
    summary: "copies messages to other brokers",
    run: async (args) => (await import("./lib/tools/to_nsq/main.ts")).run(args),
  },
  {
    names: ["pub", "to_nsq"],
    summary: "publishes what stdin holds",
    run: async (args) => (await import("./lib/tools/pub/main.ts")).run(args),
  },
  {
    names: ["stat", "nsq_stat"],
    summary: "prints figures of a channel at an interval",
    run: async (args) => (await import("./lib/tools/stat/main.ts")).run(args),
  },
  {
    names: ["top"],
    summary: "shows topics and channels at work",
    run: async (args) => (await import("./lib/tools/top/main.ts")).run(args),
  },
  {
    names: ["bench"],
    summary: "puts load on brokers and measures them",
    run: async (args) => (await import("./lib/tools/bench/main.ts")).run(args),
  },
  {
    names: ["standalone"],
    summary: "broker, lookupd and console in one process",
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
