import { deepStrictEqual as deepEqual, match, ok, throws } from "node:assert/strict";
import type { OptionsEnvironment, ParsedCommandLine } from "../lib/cli/options_or_exit.ts";
import { UsageError } from "../lib/cli/usage_error.ts";
import { type LookupdOptions, parseLookupdOptions } from "./options.ts";

/** What a command line gives, with `file` as the contents of every configuration file. */
function parse(
  args: string[],
  file = "",
): { parsed: ParsedCommandLine<LookupdOptions>; warned: string[] } {
  const warned: string[] = [];
  const environment: OptionsEnvironment = {
    readTextFile: () => file,
    hostname: () => "host.example.com",
    warn: (line) => warned.push(line),
  };
  return { parsed: parseLookupdOptions(args, environment), warned };
}

const DEFAULTS: LookupdOptions = {
  logLevel: 2,
  logPrefix: "[nsqlookupd] ",
  logFormat: "text",
  tcpAddress: "0.0.0.0:4160",
  httpAddress: "0.0.0.0:4161",
  httpAuthFile: "",
  broadcastAddress: "host.example.com",
  inactiveProducerTimeoutMs: 300_000,
  tombstoneLifetimeMs: 45_000,
};

Deno.test("parseLookupdOptions has the reference's defaults", () => {
  deepEqual(parse([]), { parsed: { options: DEFAULTS }, warned: [] });
});

Deno.test("parseLookupdOptions takes flags over the file over defaults", () => {
  const file = `
    tcp_address = "127.0.0.1:1"
    http_address = ":2"
    broadcast_address = "file"
    inactive_producer_timeout = "1m30s"
    tombstone_lifetime = 1500
    log_level = "warn"
  `;
  const args = ["-config", "x", "-tcp-address=:3", "--log-prefix", "", "--tombstone-lifetime=2s"];
  deepEqual(parse(args, file).parsed, {
    options: {
      ...DEFAULTS,
      tcpAddress: ":3",
      httpAddress: ":2",
      broadcastAddress: "file",
      inactiveProducerTimeoutMs: 90_000,
      tombstoneLifetimeMs: 2000,
      logLevel: 3,
      logPrefix: "",
    },
  });
});

Deno.test("parseLookupdOptions warns of what has no effect", () => {
  deepEqual(parse(["--verbose", "--config=x", "more"], "nope = 1").warned, [
    "--verbose is deprecated and has no effect, use --log-level",
    "ignored, as flags end there: more",
    'x: unknown key "nope" is ignored',
  ]);
});

Deno.test("parseLookupdOptions refuses wrong flags and values in one line", () => {
  const refused: [string, RegExp][] = [
    ["--nope", /'--nope'/],
    ["--tcp-address=", /^--tcp-address: must be <addr>:<port>$/],
    ["--http-address=/run/lookupd.sock", /^--http-address: must be <addr>:<port>$/],
    ["--http-address=:70000", /^--http-address: port /],
    ["--tombstone-lifetime=-1s", /^--tombstone-lifetime: .* out of range/],
    ["--inactive-producer-timeout=5", /^--inactive-producer-timeout: missing unit/],
    ["--log-level=loud", /^--log-level: unknown value/],
  ];
  for (const [flag, message] of refused) {
    throws(
      () => parse([flag]),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  }
});

Deno.test("parseLookupdOptions prints version and help", () => {
  const { parsed } = parse(["--version"]);
  ok("version" in parsed);
  match(parsed.version, /^nsqlookupd v1\.3\.0 /);
  const { parsed: help } = parse(["--help"]);
  ok("help" in help);
  match(help.help, /^Usage: nsq lookupd \[flags\]\n/);
  match(help.help, /--inactive-producer-timeout <duration>\n.*\(default 5m0s\)/);
  const examples = [...help.help.matchAll(/^ {2}nsq lookupd (.+?)( \\\n +(.+))?$/gm)];
  for (const [, first = "", , second = ""] of examples) {
    ok("options" in parse(`${first} ${second}`.trim().split(" ")).parsed, first);
  }
  ok(examples.length >= 3);
});
