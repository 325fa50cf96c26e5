import { deepStrictEqual as deepEqual, ok, throws } from "node:assert/strict";
import { UsageError } from "../../cli/usage_error.ts";
import { parseToolOptions } from "../command_line.ts";
import { COMMAND, directoriesOf, type ToFileOptions, vainOptions } from "./options.ts";

const NSQD = "--nsqd-tcp-address=127.0.0.1:4150";
const LOOKUPD = "--lookupd-http-address=127.0.0.1:4161";

function parse(...args: string[]): ToFileOptions {
  const parsed = parseToolOptions(COMMAND, args);
  ok("options" in parsed);
  return parsed.options;
}

Deno.test("to-file has the reference's defaults", () => {
  deepEqual(parse("--topic=t", NSQD), {
    topics: ["t"],
    topicPattern: "",
    topicRefreshMs: 60_000,
    channel: "nsq_to_file",
    nsqd: ["127.0.0.1:4150"],
    lookupd: [],
    maxInFlight: 200,
    consumerOpts: [],
    httpConnectTimeoutMs: 2000,
    httpRequestTimeoutMs: 5000,
    logLevel: 2,
    logPrefix: "[nsq_to_file] ",
    logFormat: "text",
    outputDir: "/tmp",
    workDir: "",
    filenameFormat: "<TOPIC>.<HOST><REV>.<DATETIME>.log",
    datetimeFormat: "%Y-%m-%d_%H",
    hostIdentifier: "",
    gzip: false,
    gzipLevel: 6,
    rotateSizeBytes: 0,
    rotateIntervalMs: 0,
    skipEmptyFiles: false,
    syncIntervalMs: 30_000,
  });
});

Deno.test("to-file writes where files are finished unless told otherwise", () => {
  const { outputDir, workDir } = directoriesOf(parse("--topic=t", NSQD, "--output-dir=/a/"));
  deepEqual([outputDir, workDir], ["/a", "/a"]);
});

Deno.test("to-file says what was set in vain", () => {
  const vain = (...flags: string[]) => vainOptions(parse("--topic=t", NSQD, ...flags));
  const set = ["--gzip-level=9", "--datetime-format=%Y", "--host-identifier=h"];
  const plain = "--filename-format=<TOPIC><REV>.log";
  deepEqual(vain(...set, plain), [
    "--datetime-format has no effect without <DATETIME> in --filename-format",
    "--host-identifier has no effect without <HOST> in --filename-format",
    "--gzip-level has no effect without --gzip",
  ]);
  deepEqual(vain(...set, "--gzip"), []);
  deepEqual(vain(plain), []);
});

Deno.test("to-file refuses what contradicts itself", () => {
  const refused: [string[], string][] = [
    [[], "--topic or --topic-pattern is required"],
    [
      ["--topic=t"],
      "--nsqd-tcp-address or --lookupd-http-address is required, as in --nsqd-tcp-address=127.0.0.1:4150",
    ],
    [["--topic=t", NSQD, LOOKUPD], "use --nsqd-tcp-address or --lookupd-http-address, not both"],
    [["--topic-pattern=x", NSQD], "--lookupd-http-address is required without --topic"],
    [["--topic=t", NSQD, "--channel="], "--channel is required"],
    [["--topic=a b", NSQD], '--topic: "a b" is not a valid topic name'],
    [
      ["--topic=t", NSQD, "--gzip-level=10"],
      "--gzip-level: 10 is out of range (at least 1 and at most 9)",
    ],
    [
      ["--topic=t", NSQD, "--sync-interval=0"],
      "--sync-interval: 0s is out of range (more than 0s)",
    ],
    [["--topic=t", "--nsqd-tcp-address=host"], "--nsqd-tcp-address: must be <addr>:<port>"],
    [["--topic=t", NSQD, "more"], "unknown arguments: more"],
  ];
  for (const [args, message] of refused) throws(() => parse(...args), new UsageError(message));
  for (const flag of ["--gzip", "--rotate-size=1", "--rotate-interval=1s", "--work-dir=/b"]) {
    const args = ["--topic=t", NSQD, "--filename-format=<TOPIC>", flag];
    throws(() => parse(...args), /^UsageError: --filename-format: needs <REV> with /);
  }
  throws(
    () => parse("--topic=t", NSQD, "--consumer-opt=nope,1"),
    /^UsageError: --consumer-opt: .*nope/,
  );
});
