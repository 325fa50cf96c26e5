/** The flags of `nsq to-file`. Names and defaults are those of nsq_to_file. */

import { resolve } from "node:path";
import { boolean, duration, integer, text } from "../../cli/kind.ts";
import { inGroup, type OptionTable } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { type Need, withoutEffect } from "../../cli/without_effect.ts";
import type { ToolCommand } from "../command_line.ts";
import {
  checkConsuming,
  type ConsumingOptions,
  consumingOptionTable,
} from "../consumer_options.ts";
import { hasRevision } from "./filename.ts";

/** Options of `nsq to-file`. */
export interface ToFileOptions extends ConsumingOptions {
  /** In Go's syntax; "" for all. */
  /** Not looked at yet: whether it is a pattern is known when the code for them is loaded. */
  readonly topicPattern: string;
  readonly topicRefreshMs: number;
  readonly httpConnectTimeoutMs: number;
  readonly httpRequestTimeoutMs: number;
  readonly outputDir: string;
  /** "" for the output directory. */
  readonly workDir: string;
  readonly filenameFormat: string;
  readonly datetimeFormat: string;
  readonly hostIdentifier: string;
  readonly gzip: boolean;
  readonly gzipLevel: number;
  readonly rotateSizeBytes: number;
  readonly rotateIntervalMs: number;
  readonly skipEmptyFiles: boolean;
  readonly syncIntervalMs: number;
}

const SECOND_MS = 1000;
const POSITIVE = { above: 0 };

/** The command line of `nsq to-file`. */
export const COMMAND: ToolCommand<ToFileOptions> = {
  versionName: "nsq_to_file",
  text: {
    name: "nsq to-file",
    summary: "Writes the messages of topics to files, one a line.\n" +
      "A message is finished when it is synced to disk, so a crash loses none. SIGHUP closes the\n" +
      "files and begins others; SIGINT and SIGTERM sync what has come and end.",
    examples: [
      {
        title: "a topic to gzip files of about 100 MB, and how many messages they hold",
        lines: [
          "nsq to-file --topic=orders --lookupd-http-address=127.0.0.1:4161 \\",
          "  --output-dir=archive --gzip --rotate-size=100000000",
          "zcat archive/orders.*.gz | wc -l",
        ],
      },
      {
        title: "all topics whose names begin with order, a folder for each, a file for each day",
        lines: [
          "nsq to-file --topic-pattern='^order' --lookupd-http-address=127.0.0.1:4161 \\",
          "  --output-dir=archive --filename-format='<TOPIC>/<DATETIME><REV>.log' --datetime-format=%Y-%m-%d",
        ],
      },
    ],
  },
  table: {
    ...topicRows(),
    ...fileRows(),
    ...rotationRows(),
  },
  check,
};

/** Where finished files lie and where they are written, both absolute. */
export function directoriesOf(
  { outputDir, workDir }: Pick<ToFileOptions, "outputDir" | "workDir">,
): { outputDir: string; workDir: string } {
  const output = resolve(outputDir);
  return { outputDir: output, workDir: workDir === "" ? output : resolve(workDir) };
}

/** Whether names of files need `<REV>`: a file is never opened again, or may be full. */
export function needsRevision(options: ToFileOptions): boolean {
  const { outputDir, workDir } = directoriesOf(options);
  return options.gzip || options.rotateSizeBytes > 0 || options.rotateIntervalMs > 0 ||
    workDir !== outputDir;
}

type Rows<Fields extends keyof ToFileOptions> = OptionTable<Pick<ToFileOptions, Fields>>;

function topicRows(): OptionTable<ConsumingOptions> & Rows<TopicFields> {
  const add = inGroup("Source");
  const { topics, ...others } = consumingOptionTable({
    channel: "nsq_to_file",
    logPrefix: "[nsq_to_file] ",
  });
  return {
    topics,
    topicPattern: add(
      "topic-pattern",
      text({ valueName: "pattern" }),
      "",
      "only topics that match, in Go's syntax; without --topic, all that lookupd has, old and new",
    ),
    topicRefreshMs: add(
      "topic-refresh",
      duration(POSITIVE),
      60 * SECOND_MS,
      "how often lookupd is asked for new topics",
    ),
    ...others,
    httpConnectTimeoutMs: add(
      "http-client-connect-timeout",
      duration(POSITIVE),
      2 * SECOND_MS,
      "time limit for connecting to lookupd",
    ),
    httpRequestTimeoutMs: add(
      "http-client-request-timeout",
      duration(POSITIVE),
      5 * SECOND_MS,
      "time limit for a request to lookupd",
    ),
  };
}

type TopicFields =
  | "topicPattern"
  | "topicRefreshMs"
  | "httpConnectTimeoutMs"
  | "httpRequestTimeoutMs";

function fileRows(): Rows<FileFields> {
  const add = inGroup("Files");
  return {
    outputDir: add("output-dir", text({ valueName: "dir" }), "/tmp", "where finished files lie"),
    workDir: add(
      "work-dir",
      text({ valueName: "dir" }),
      "",
      "where a file lies while it is written; default is the output directory",
    ),
    filenameFormat: add(
      "filename-format",
      text({ valueName: "format" }),
      "<TOPIC>.<HOST><REV>.<DATETIME>.log",
      "names of files, folders too; <TOPIC>, <HOST>, <PID>, <DATETIME> and <REV> are replaced, <REV> " +
        "counts up when a file exists",
    ),
    datetimeFormat: add(
      "datetime-format",
      text({ valueName: "format" }),
      "%Y-%m-%d_%H",
      "<DATETIME>, as strftime writes it: %A %a %B %b %d %H %I %M %m %p %S %Y %y %Z %z %%",
    ),
    hostIdentifier: add(
      "host-identifier",
      text({ valueName: "name" }),
      "",
      "<HOST>; <SHORT_HOST> and <HOSTNAME> in it are replaced; default is <SHORT_HOST>",
    ),
    gzip: add("gzip", boolean(), false, "compress files"),
    gzipLevel: add(
      "gzip-level",
      integer({ min: 1, max: 9 }),
      6,
      "1 is fastest, 9 is smallest",
    ),
  };
}

type FileFields =
  | "outputDir"
  | "workDir"
  | "filenameFormat"
  | "datetimeFormat"
  | "hostIdentifier"
  | "gzip"
  | "gzipLevel";

function rotationRows(): Rows<RotationFields> {
  const add = inGroup("Rotation");
  return {
    rotateSizeBytes: add(
      "rotate-size",
      integer({ min: 0 }),
      0,
      "begin another file when this one is bigger, in bytes before compression; 0 for any size",
    ),
    rotateIntervalMs: add(
      "rotate-interval",
      duration({ min: 0 }),
      0,
      "begin another file when this one is older; 0 for any age",
    ),
    skipEmptyFiles: add("skip-empty-files", boolean(), false, "make no file without messages"),
    syncIntervalMs: add(
      "sync-interval",
      duration(POSITIVE),
      30 * SECOND_MS,
      "how long messages wait at most until they are synced to disk and finished",
    ),
  };
}

type RotationFields =
  | "rotateSizeBytes"
  | "rotateIntervalMs"
  | "skipEmptyFiles"
  | "syncIntervalMs";

const named = (placeholder: string) => ({ filenameFormat }: ToFileOptions) =>
  filenameFormat.includes(placeholder);

/** What has no effect without what. */
const NEEDS: readonly Need<ToFileOptions>[] = [
  { of: ["gzipLevel"], isMet: ({ gzip }) => gzip, without: "--gzip" },
  {
    of: ["datetimeFormat"],
    isMet: named("<DATETIME>"),
    without: "<DATETIME> in --filename-format",
  },
  { of: ["hostIdentifier"], isMet: named("<HOST>"), without: "<HOST> in --filename-format" },
];

/** What of the options was set in vain, a line each. */
export function vainOptions(options: ToFileOptions): string[] {
  return withoutEffect(COMMAND.table, options, NEEDS);
}

function check(options: ToFileOptions): void {
  if (options.topics.length === 0 && options.topicPattern === "") {
    throw new UsageError("--topic or --topic-pattern is required");
  }
  checkConsuming(options, { topic: false });
  if (options.topics.length === 0 && options.lookupd.length === 0) {
    throw new UsageError("--lookupd-http-address is required without --topic");
  }
  if (needsRevision(options) && !hasRevision(options.filenameFormat)) {
    throw new UsageError(
      "--filename-format: needs <REV> with --gzip, --rotate-size, --rotate-interval or --work-dir",
    );
  }
}
