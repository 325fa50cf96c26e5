import { deepStrictEqual as deepEqual, match, ok, throws } from "node:assert/strict";
import { UsageError } from "../../cli/usage_error.ts";
import { parseToolOptions } from "../command_line.ts";
import { TO_NSQ_COMMAND, type ToNsqOptions } from "./options.ts";

const SOURCE = ["--topic=t", "--nsqd-tcp-address=127.0.0.1:1"];
const USUAL = [...SOURCE, "--destination-nsqd-tcp-address=127.0.0.1:2"];

function parse(flags: readonly string[]): ToNsqOptions {
  const parsed = parseToolOptions(TO_NSQ_COMMAND, flags);
  ok("options" in parsed);
  return parsed.options;
}

Deno.test("to-nsq has the reference's defaults", () => {
  const options = parse(USUAL);
  deepEqual({ ...options }, {
    topics: ["t"],
    channel: "nsq_to_nsq",
    nsqd: ["127.0.0.1:1"],
    lookupd: [],
    maxInFlight: 200,
    consumerOpts: [],
    logLevel: 2,
    logPrefix: "[nsq_to_nsq] ",
    logFormat: "text",
    destinations: ["127.0.0.1:2"],
    destinationTopic: "",
    mode: "hostpool",
    producerOpts: [],
    statusEvery: 250,
    requiredField: "",
    requiredValue: "",
    passedFields: [],
  });
});

Deno.test("to-nsq refuses flags that make no sense", () => {
  const cases: [flags: string[], expected: RegExp][] = [
    [USUAL.slice(1), /--topic is required/],
    [[...USUAL, "--channel="], /--channel is required/],
    [[...USUAL, "--channel=a b"], /--channel: "a b"/],
    [[...USUAL, "--topic="], /--topic: ""/],
    [[...USUAL, "--destination-topic=a b"], /--destination-topic: "a b"/],
    [SOURCE, /--destination-nsqd-tcp-address is required/],
    [[...SOURCE, "--destination-nsqd-tcp-address=a"], /--destination-nsqd-tcp-address: /],
    [[...USUAL, "--require-json-value=1"], /--require-json-value needs --require-json-field/],
    [[...USUAL, "--mode=multicast"], /--mode: /],
    [[...USUAL, "--producer-opt=nothing,1"], /--producer-opt: .*nothing/],
  ];
  for (const [flags, expected] of cases) {
    throws(() => parse(flags), (error) => {
      ok(error instanceof UsageError);
      match(error.message, expected);
      return true;
    }, flags.join(" "));
  }
});

Deno.test("to-nsq refuses to copy a topic to itself", () => {
  const loop = [...SOURCE, "--destination-nsqd-tcp-address=127.0.0.1:1"];
  throws(() => parse(loop), /without end/);
  throws(() => parse([...loop, "--destination-topic=t"]), /without end/);
  deepEqual(parse([...loop, "--destination-topic=u"]).destinationTopic, "u");
});
