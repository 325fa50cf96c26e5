import { deepStrictEqual as deepEqual, match, ok, throws } from "node:assert/strict";
import { UsageError } from "../lib/cli/usage_error.ts";
import { parseStandaloneOptions } from "./options.ts";

function parse(...args: string[]) {
  return parseStandaloneOptions(args, {
    readTextFile: () => "",
    hostname: () => "laptop",
    warn: (line) => {
      throw new Error(line);
    },
  });
}

function addresses(...args: string[]) {
  const parsed = parse(...args);
  ok("options" in parsed);
  const { nsqd, lookupd } = parsed.options;
  return [nsqd, lookupd].map((each) => [each.tcpAddress, each.httpAddress, each.broadcastAddress]);
}

Deno.test("parseStandaloneOptions listens on this machine only, on the usual ports", () => {
  deepEqual(addresses(), [
    ["127.0.0.1:4150", "127.0.0.1:4151", "127.0.0.1"],
    ["127.0.0.1:4160", "127.0.0.1:4161", "127.0.0.1"],
  ]);
  const parsed = parse();
  ok("options" in parsed);
  deepEqual([parsed.options.dataPath, parsed.options.nsqd.dataPath], ["nsq-data", "nsq-data"]);
});

Deno.test("parseStandaloneOptions has the console listen beside, and ask lookupd", () => {
  const parsed = parse("--address=::1", "--admin-http-port=5");
  ok("options" in parsed);
  const { admin } = parsed.options;
  deepEqual([admin.httpAddress, admin.nsqlookupdHttpAddresses], ["[::1]:5", ["[::1]:4161"]]);
  const usual = parse();
  ok("options" in usual);
  deepEqual(usual.options.admin.httpAddress, "127.0.0.1:4171");
});

Deno.test("parseStandaloneOptions takes other addresses, and announces a name for any interface", () => {
  deepEqual(addresses("--address=::1", "-tcp-port", "1", "--lookupd-http-port=0"), [
    ["[::1]:1", "[::1]:4151", "::1"],
    ["[::1]:4160", "[::1]:0", "::1"],
  ]);
  deepEqual(addresses("--address=0.0.0.0")[0], ["0.0.0.0:4150", "0.0.0.0:4151", "laptop"]);
});

Deno.test("parseStandaloneOptions passes on to the broker what follows --", () => {
  const parsed = parse("--log-level=info", "--", "--msg-timeout=5s", "--data-path=elsewhere");
  ok("options" in parsed);
  const { nsqd, lookupd, dataPath } = parsed.options;
  deepEqual([nsqd.msgTimeoutMs, nsqd.dataPath, dataPath], [5000, "elsewhere", "elsewhere"]);
  deepEqual([nsqd.logLevel, lookupd.logLevel], [2, 2]);
});

Deno.test("parseStandaloneOptions takes what the broker's file says of the log for all three, unless told", () => {
  const levels = (...args: string[]) => {
    const parsed = parseStandaloneOptions(args, {
      readTextFile: () => 'log_level = "error"\nlog_format = "json"\n',
      hostname: () => "laptop",
      warn: (line) => {
        throw new Error(line);
      },
    });
    ok("options" in parsed);
    const { nsqd, lookupd, admin } = parsed.options;
    return [nsqd, lookupd, admin].map(({ logLevel, logFormat }) => [logLevel, logFormat]);
  };
  deepEqual(levels(), [[3, "text"], [3, "text"], [3, "text"]]);
  deepEqual(levels("--", "--config=x"), [[4, "json"], [4, "json"], [4, "json"]]);
  const told = levels("--log-level=debug", "--", "--config=x");
  deepEqual(told, [[1, "json"], [1, "json"], [1, "json"]]);
});

Deno.test("parseStandaloneOptions names the flag that will not do, and helps", () => {
  const refuses = (pattern: RegExp, ...args: string[]) =>
    throws(
      () => parse(...args),
      (error) => error instanceof UsageError && pattern.test(error.message),
    );
  refuses(/--tcp-port.*65536/, "--tcp-port=65536");
  refuses(
    /^--msg-timeout is .* behind --, as in nsq standalone -- --msg-timeout$/,
    "--msg-timeout=5s",
  );
  refuses(/--msg-timeout/, "--", "--msg-timeout=5");
  const help = parse("--help");
  ok("help" in help);
  match(help.help, /--lookupd-tcp-port <[a-z]+>\n.*\(default 4160\)/);
  const version = parse("--version");
  ok("version" in version);
  match(version.version, /^nsq v/);
});
