/** A message as tools print it in JSON. */

/** What is printed of a message. */
export interface PrintedMessage {
  readonly id: string;
  readonly timestampNs: bigint;
  readonly attempts: number;
  readonly body: Uint8Array;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The members of an object, without its braces. By hand, as JSON.stringify writes no bigint. */
export function messageMembers({ id, timestampNs, attempts, body }: PrintedMessage): string {
  const text = textOf(body);
  const content = text === undefined
    ? `"body_base64":"${body.toBase64()}"`
    : `"body":${JSON.stringify(text)}`;
  return `"id":${JSON.stringify(id)},"timestamp":${timestampNs},"attempts":${attempts},${content}`;
}

/** undefined when it is not UTF-8. */
function textOf(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined; // the caller has another form for it
  }
}
