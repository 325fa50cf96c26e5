import { deepStrictEqual as deepEqual, match, ok, throws } from "node:assert/strict";
import { UsageError } from "../../cli/usage_error.ts";
import { parseToolOptions } from "../command_line.ts";
import { TO_HTTP_COMMAND, type ToHttpOptions } from "./options.ts";

const SOURCE = ["--topic=t", "--nsqd-tcp-address=127.0.0.1:1"];
const USUAL = [...SOURCE, "--post=http://a/"];

function parse(flags: readonly string[]): ToHttpOptions {
  const parsed = parseToolOptions(TO_HTTP_COMMAND, flags);
  ok("options" in parsed);
  return parsed.options;
}

Deno.test("to-http has the reference's defaults", () => {
  const options = parse(USUAL);
  deepEqual({ ...options }, {
    topics: ["t"],
    channel: "nsq_to_http",
    nsqd: ["127.0.0.1:1"],
    lookupd: [],
    maxInFlight: 200,
    consumerOpts: [],
    logLevel: 2,
    logPrefix: "[nsq_to_http] ",
    logFormat: "text",
    post: ["http://a/"],
    get: [],
    mode: "hostpool",
    publishers: 100,
    sample: 1,
    headers: [],
    contentType: "application/octet-stream",
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 20_000,
    statusEvery: 250,
  });
});

Deno.test("to-http refuses flags that make no sense", () => {
  const cases: [flags: string[], expected: RegExp][] = [
    [["--nsqd-tcp-address=127.0.0.1:1", "--post=http://a/"], /--topic is required/],
    [["--topic=t", "--post=http://a/"], /--nsqd-tcp-address or --lookupd-http-address/],
    [[...USUAL, "--lookupd-http-address=127.0.0.1:1"], /not both/],
    [[...USUAL, "--get=http://a/%s"], /--get or --post, not both/],
    [SOURCE, /--get or --post is required/],
    [[...SOURCE, "--get=http://a/"], /--get: .*%s/],
    [[...SOURCE, "--post=a:80"], /--post: .*http:/],
    [[...SOURCE, "--get=http://a/%s", "--content-type=a/b"], /--content-type is only/],
    [[...USUAL, "--content-type="], /--content-type requires/],
    [[...USUAL, "--content-type=a\nb"], /--content-type: "a\\nb"/],
    [[...USUAL, "--header=a"], /--header: "a"/],
    [[...USUAL, "--sample=1.1"], /--sample: 1.1/],
    [[...USUAL, "--n=0"], /--n: 0/],
    [[...USUAL, "--mode=all"], /--mode: .*multicast/],
    [[...USUAL, "--status-every=-1"], /--status-every: -1/],
  ];
  for (const [flags, expected] of cases) {
    throws(() => parse(flags), (error) => {
      ok(error instanceof UsageError);
      match(error.message, expected);
      return true;
    }, flags.join(" "));
  }
});
