import { messageIdString } from "../../wire/message_id.ts";
import { BODY_OFFSET, ID_OFFSET, TIMESTAMP_OFFSET } from "../../wire/record.ts";
import { bodyFields, unixNsText } from "../message_json.ts";

/** A message that was delivered over HTTP: the record (see wire/record.ts) `bytes[start, end)` as one line of JSON. */
export function leasedMessageJson(
  bytes: Uint8Array,
  start: number,
  end: number,
  attempts: number,
  lease: string,
): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const body = bytes.subarray(start + BODY_OFFSET, end);
  return JSON.stringify({
    id: messageIdString(bytes, start + ID_OFFSET),
    published: unixNsText(view.getBigUint64(start + TIMESTAMP_OFFSET)),
    attempts,
    lease,
    ...bodyFields(body, body.length),
  });
}
