/** Options of `nsq to-http`. */

import { duration, float, integer, text, textList, word } from "../../cli/kind.ts";
import { inGroup, type OptionTable } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import type { ToolCommand } from "../command_line.ts";
import {
  checkConsuming,
  type ConsumingOptions,
  consumingOptionTable,
} from "../consumer_options.ts";
import { statusEveryOption } from "../destination_options.ts";
import type { HostPoolMode } from "../host_pool.ts";
import { getEndpoint, postEndpoint } from "./endpoint.ts";
import { parseHeader } from "./header.ts";

/** What the tool runs with. */
export interface ToHttpOptions extends ConsumingOptions {
  /** URLs with one `%s`. */
  readonly get: readonly string[];
  /** URLs. Either this or `get` is empty. */
  readonly post: readonly string[];
  readonly mode: HostPoolMode | "multicast";
  /** Requests at once, for each topic. */
  readonly publishers: number;
  /** Part of the messages, in [0, 1]. */
  readonly sample: number;
  /** `name: value` */
  readonly headers: readonly string[];
  readonly contentType: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Messages between two lines of figures; 0 for none. */
  readonly statusEvery: number;
}

/** The longest time that a timer takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const DEFAULT_CONTENT_TYPE = "application/octet-stream";

/** The command line of `nsq to-http`. */
export const TO_HTTP_COMMAND: ToolCommand<ToHttpOptions> = {
  text: {
    name: "nsq to-http",
    summary: "Sends each message of a topic to HTTP servers, by GET or POST.\n" +
      "A message is finished when a server has answered with success (2xx, for GET only 200);\n" +
      "else it is sent again later.",
    examples: [
      {
        title: "each message as the body of a POST",
        lines: [
          "nsq to-http --topic=orders --lookupd-http-address=127.0.0.1:4161 \\",
          "  --post=http://127.0.0.1:8080/orders --content-type=application/json",
        ],
      },
      {
        title: "one in ten, within the URL of a GET",
        lines: [
          "nsq to-http --topic=orders --nsqd-tcp-address=127.0.0.1:4150 \\",
          "  --get='http://127.0.0.1:8080/hit?data=%s' --sample=0.1 --header='x-source: nsq'",
        ],
      },
    ],
  },
  versionName: "nsq_to_http",
  table: optionTable(),
  check,
};

function optionTable(): OptionTable<ToHttpOptions> {
  const { logLevel, logPrefix, logFormat, ...source } = consumingOptionTable({
    channel: "nsq_to_http",
    logPrefix: "[nsq_to_http] ",
  });
  const add = inGroup("Destination");
  return {
    ...source,
    post: add(
      "post",
      textList({ valueName: "url", check: postEndpoint }),
      [],
      "URL that messages are POSTed to (may be given multiple times)",
    ),
    get: add(
      "get",
      textList({ valueName: "url", check: getEndpoint }),
      [],
      "URL to GET, with the message, escaped, in place of its %s (may be given multiple times)",
    ),
    mode: add(
      "mode",
      word<ToHttpOptions["mode"]>(
        {
          "hostpool": "hostpool",
          "round-robin": "round-robin",
          "epsilon-greedy": "epsilon-greedy",
          "multicast": "multicast",
        },
        undefined,
        { valueName: "mode" },
      ),
      "hostpool",
      "hostpool: one URL in turn that works; round-robin: one in turn; " +
        "epsilon-greedy: mostly the fastest; multicast: all of them",
    ),
    publishers: add("n", integer({ min: 1 }), 100, "how many messages are sent at once"),
    sample: add("sample", float({ min: 0, max: 1 }), 1, "part of the messages to send, 0.0 to 1.0"),
    headers: add(
      "header",
      textList({ valueName: "name: value", check: parseHeader }),
      [],
      "header to send along (may be given multiple times)",
    ),
    contentType: add(
      "content-type",
      text({ valueName: "type" }),
      DEFAULT_CONTENT_TYPE,
      "Content-Type of POST requests",
    ),
    connectTimeoutMs: add(
      "http-client-connect-timeout",
      duration({ min: 0, max: MAX_TIMEOUT_MS }),
      2_000,
      "how long connecting may take; 0 for no limit",
    ),
    requestTimeoutMs: add(
      "http-client-request-timeout",
      duration({ min: 0, max: MAX_TIMEOUT_MS }),
      20_000,
      "how long a request may take; 0 for no limit",
    ),
    statusEvery: statusEveryOption(add),
    ...{ logLevel, logPrefix, logFormat }, // last, as in other help texts
  };
}

function check(options: ToHttpOptions): void {
  checkConsuming(options);
  const { get, post, contentType } = options;
  if (get.length === 0 && post.length === 0) throw new UsageError("--get or --post is required");
  if (get.length > 0 && post.length > 0) throw new UsageError("use --get or --post, not both");
  if (contentType !== DEFAULT_CONTENT_TYPE && post.length === 0) {
    throw new UsageError("--content-type is only used with --post");
  }
  if (contentType === "") throw new UsageError("--content-type requires a value when used");
  try {
    new Headers({ "content-type": contentType });
  } catch {
    throw new UsageError(`--content-type: ${JSON.stringify(contentType)} is no value of a header`);
  }
}
