/** The HTTP addresses that messages are sent to. */

import { ValueError } from "../../value_error.ts";
import { publicUrl } from "../../http/public_url.ts";
import { queryEscape } from "./escape.ts";

/** Where the message goes in an address for GET. */
const PLACEHOLDER = "%s";

/** An address, and how a message is put into a request to it. */
export interface Endpoint {
  /** The address for log lines: without a password. */
  readonly name: string;
  request(body: Uint8Array): EndpointRequest;
}

/** What is sent for one message. */
export interface EndpointRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Only for POST. */
  readonly body?: Uint8Array;
  /** Whether an answer of this status says that the message has arrived. */
  accepts(status: number): boolean;
}

/**
 * An address that gets messages within its URL, in place of its one `%s`. As in printf, `%%` stands for
 * a percent sign; every other one stands for itself.
 *
 * @throws ValueError when it is no URL, or has no `%s` or more than one
 */
export function getEndpoint(address: string): Endpoint {
  const [before, after, ...rest] = address.split(PLACEHOLDER).map((part) =>
    part.replaceAll("%%", "%")
  );
  if (before === undefined || after === undefined || rest.length > 0) {
    throw new ValueError(`${JSON.stringify(address)} needs one %s, where the message goes`);
  }
  const { name } = checkedUrl(address, `${before}x${after}`);
  const accepts = (status: number): boolean => status === 200; // as the reference: no other 2xx
  return {
    name,
    request: (body) => ({ method: "GET", url: before + queryEscape(body) + after, accepts }),
  };
}

/**
 * An address that gets messages as bodies.
 *
 * @throws ValueError when it is no URL
 */
export function postEndpoint(address: string): Endpoint {
  const { name } = checkedUrl(address, address);
  const accepts = (status: number): boolean => status >= 200 && status < 300;
  return { name, request: (body) => ({ method: "POST", url: address, body, accepts }) };
}

function checkedUrl(address: string, example: string): { name: string } {
  if (!/^https?:\/\/[^/?#]/i.test(example) || !URL.canParse(example)) {
    throw new ValueError(
      `${JSON.stringify(address)} is no URL that begins with http:// or https://`,
    );
  }
  return { name: publicUrl(address) };
}
