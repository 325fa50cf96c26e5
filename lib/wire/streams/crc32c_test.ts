import { strictEqual as equal } from "node:assert/strict";
import { crc32c, maskedCrc32c } from "./crc32c.ts";

Deno.test("crc32c gives the check values of RFC 3720", () => {
  equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e);
  equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  equal(crc32c(new Uint8Array(0)), 0);
});

Deno.test("maskedCrc32c rotates and adds, as snappy's framing format says", () => {
  const crc = crc32c(new TextEncoder().encode("123456789"));
  const rotated = (BigInt(crc) >> 15n) | (BigInt(crc) << 17n & 0xffffffffn);
  equal(
    maskedCrc32c(new TextEncoder().encode("123456789")),
    Number(rotated + 0xa282ead8n & 0xffffffffn),
  );
});
