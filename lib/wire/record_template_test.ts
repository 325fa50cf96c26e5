import assert from "node:assert/strict";
import { encodeMessageId } from "./message_id.ts";
import { ID_OFFSET, RECORD_OVERHEAD_BYTES, writeRecordHeader } from "./record.ts";
import { RecordTemplate } from "./record_template.ts";

const NODE_ID = 613;
const OFFSET = 3;

Deno.test("a template writes the header that stamp, size and id make, also after they change", () => {
  const template = new RecordTemplate();
  const into = new Uint8Array(OFFSET + RECORD_OVERHEAD_BYTES + 1);
  const expected = into.slice();
  const stamps = [[0x17a4b2c3, 0xfffffff0], [0xffffffff, 0x7ff80000]] as const;
  for (const [high, low] of stamps) {
    template.setStamp(high, low);
    for (const id of [0, 0x1234_5678_9abf_00, Number.MAX_SAFE_INTEGER - 0xff]) {
      template.setId(id, NODE_ID);
      for (const more of [0, 1, 0xff]) {
        template.write(new DataView(into.buffer), OFFSET, 34 + more, (id + more) & 0xff);
        const view = new DataView(expected.buffer);
        writeRecordHeader(view, OFFSET, 34 + more, high, low);
        encodeMessageId(view, OFFSET + ID_OFFSET, id - id % 256 + (id + more) % 256, NODE_ID);
        assert.deepEqual(into, expected);
      }
    }
  }
});
