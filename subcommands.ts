/** All subcommands of the program; each is loaded when it is asked for. */

import type { SubcommandDescription } from "./lib/cli/description.ts";
import type { Subcommand } from "./lib/cli/dispatch.ts";

export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    names: ["nsqd"],
    summary: "the broker",
    heading: "Daemons",
    isDaemon: true,
    run: async (args) => (await import("./lib/nsqd/main.ts")).run(args),
    describe: async () => (await import("./lib/nsqd/options.ts")).describeNsqd(),
  },
  {
    names: ["lookupd", "nsqlookupd"],
    summary: "tells consumers where topics are",
    heading: "Daemons",
    isDaemon: true,
    run: async (args) => (await import("./lookupd/main.ts")).run(args),
    describe: async () => (await import("./lookupd/options.ts")).describeLookupd(),
  },
  {
    names: ["admin", "nsqadmin"],
    summary: "web console of a cluster",
    heading: "Daemons",
    isDaemon: true,
    run: async (args) => (await import("./admin/main.ts")).run(args),
    describe: async () => (await import("./admin/options.ts")).describeAdmin(),
  },
  {
    names: ["standalone"],
    summary: "broker, lookupd and console in one process",
    heading: "Daemons",
    isDaemon: true,
    run: async (args) => (await import("./standalone/main.ts")).run(args),
    describe: async () => (await import("./standalone/options.ts")).describeStandalone(),
  },
  {
    names: ["topic"],
    summary: "lists, makes and changes topics",
    heading: "A cluster, and what is in it",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/topic/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeGroup(
        (await import("./lib/tools/topic/group.ts")).TOPIC_GROUP,
      ),
  },
  {
    names: ["channel"],
    summary: "lists, makes and changes channels",
    heading: "A cluster, and what is in it",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/channel/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeGroup(
        (await import("./lib/tools/channel/group.ts")).CHANNEL_GROUP,
      ),
  },
  {
    names: ["node"],
    summary: "lists brokers and looks at them",
    heading: "A cluster, and what is in it",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/node/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeGroup(
        (await import("./lib/tools/node/group.ts")).NODE_GROUP,
      ),
  },
  {
    names: ["policy"],
    summary: "lists, makes and deletes policies",
    heading: "A cluster, and what is in it",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/policy/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeGroup(
        (await import("./lib/tools/policy/group.ts")).POLICY_GROUP,
      ),
  },
  {
    names: ["message"],
    summary: "looks at messages that wait, and sends back or deletes one",
    heading: "A cluster, and what is in it",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/message/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeGroup(
        (await import("./lib/tools/message/group.ts")).MESSAGE_GROUP,
      ),
  },
  {
    names: ["context"],
    summary: "keeps clusters under names",
    heading: "A cluster, and what is in it",
    run: async (args) => (await import("./lib/tools/context/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeGroup(
        (await import("./lib/tools/context/group.ts")).CONTEXT_GROUP,
      ),
  },
  {
    names: ["top"],
    summary: "shows topics and channels at work",
    heading: "Watching and measuring",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/top/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "top",
        (await import("./lib/tools/top/options.ts")).TOP_COMMAND,
      ),
  },
  {
    names: ["stat", "nsq_stat"],
    summary: "prints figures of a channel at an interval",
    heading: "Watching and measuring",
    run: async (args, as) => (await import("./lib/tools/stat/main.ts")).run(args, as),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "stat",
        (await import("./lib/tools/stat/options.ts")).STAT_COMMAND,
      ),
  },
  {
    names: ["check"],
    summary: "checks for monitoring systems and containers",
    heading: "Watching and measuring",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/check/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeGroup(
        (await import("./lib/tools/check/group.ts")).CHECK_GROUP,
      ),
  },
  {
    names: ["bench"],
    summary: "puts load on brokers and measures them",
    heading: "Watching and measuring",
    run: async (args) => (await import("./lib/tools/bench/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "bench",
        (await import("./lib/tools/bench/options.ts")).BENCH_COMMAND,
      ),
  },
  {
    names: ["pub", "to_nsq"],
    summary: "publishes what stdin holds",
    heading: "Messages, in and out",
    run: async (args, as) => (await import("./lib/tools/pub/main.ts")).run(args, as),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "pub",
        (await import("./lib/tools/pub/options.ts")).PUB_COMMAND,
      ),
  },
  {
    names: ["tail", "nsq_tail"],
    summary: "prints messages of a topic",
    heading: "Messages, in and out",
    run: async (args, as) => (await import("./lib/tools/tail/main.ts")).run(args, as),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "tail",
        (await import("./lib/tools/tail/options.ts")).COMMAND,
      ),
  },
  {
    names: ["to-file", "nsq_to_file"],
    summary: "writes messages to files",
    heading: "Messages, in and out",
    run: async (args) => (await import("./lib/tools/to_file/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "to-file",
        (await import("./lib/tools/to_file/options.ts")).COMMAND,
      ),
  },
  {
    names: ["to-http", "nsq_to_http"],
    summary: "sends messages to HTTP servers",
    heading: "Messages, in and out",
    run: async (args) => (await import("./lib/tools/to_http/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "to-http",
        (await import("./lib/tools/to_http/options.ts")).TO_HTTP_COMMAND,
      ),
  },
  {
    names: ["to-nsq", "nsq_to_nsq"],
    summary: "copies messages to other brokers",
    heading: "Messages, in and out",
    run: async (args) => (await import("./lib/tools/to_nsq/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "to-nsq",
        (await import("./lib/tools/to_nsq/options.ts")).TO_NSQ_COMMAND,
      ),
  },
  {
    names: ["export"],
    summary: "prints the topics, channels and policies of a cluster",
    heading: "Definitions and data",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/definitions/main.ts")).runExport(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeAction(
        "export",
        (await import("./lib/tools/definitions/export.ts")).EXPORT,
      ),
  },
  {
    names: ["import"],
    summary: "makes a cluster what an export says",
    heading: "Definitions and data",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/definitions/main.ts")).runImport(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeAction(
        "import",
        (await import("./lib/tools/definitions/import.ts")).IMPORT,
      ),
  },
  {
    names: ["diff"],
    summary: "tells how a cluster differs from an export",
    heading: "Definitions and data",
    startsPrograms: true,
    run: async (args) => (await import("./lib/tools/definitions/main.ts")).runDiff(args),
    describe: async () =>
      (await import("./lib/tools/session/group.ts")).describeAction(
        "diff",
        (await import("./lib/tools/definitions/diff.ts")).DIFF,
      ),
  },
  {
    names: ["journal"],
    summary: "reads what durable topics keep on disk",
    heading: "Definitions and data",
    run: async (args) => (await import("./lib/tools/journal/main.ts")).run(args),
    describe: async () =>
      (await import("./lib/tools/command_line.ts")).describeTool(
        "journal",
        (await import("./lib/tools/journal/options.ts")).COMMAND,
        "ls|check|dump PATH",
      ),
  },
  {
    names: ["completion"],
    summary: "prints a completion script for bash, zsh or fish",
    heading: "Help",
    run: async (args) => (await import("./lib/tools/completion/main.ts")).run(args, describeAll),
    describe: async () =>
      (await import("./lib/tools/session/group.ts"))
        .describeGroup(
          (await import("./lib/tools/completion/group.ts")).completionGroup(describeAll),
        ),
  },
  {
    names: ["man"],
    summary: "prints manual pages",
    heading: "Help",
    run: async (args) => (await import("./lib/tools/man/main.ts")).run(args, describeAll),
    describe: async () =>
      (await import("./lib/tools/session/group.ts"))
        .describeAction("man", (await import("./lib/tools/man/man.ts")).manAction(describeAll)),
  },
];

/** What all of them are, for those who write of them. */
async function describeAll(): Promise<SubcommandDescription[]> {
  return await Promise.all(SUBCOMMANDS.map(async ({ names, summary, describe }) => ({
    names,
    summary,
    commands: await describe?.() ?? [],
  })));
}
