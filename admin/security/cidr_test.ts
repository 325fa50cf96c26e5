import { strictEqual as equal } from "node:assert/strict";
import { contains, parseCidr } from "./cidr.ts";

Deno.test("contains tells whether an address lies in a range", () => {
  const cases: [string, string, boolean][] = [
    ["127.0.0.1/8", "127.255.0.3", true],
    ["127.0.0.1/8", "128.0.0.1", false],
    ["127.0.0.1/8", "::ffff:127.0.0.1", true],
    ["127.0.0.1/8", "::ffff:7f00:1", true],
    ["127.0.0.1/8", "::1", false],
    ["10.1.2.128/25", "10.1.2.200", true],
    ["10.1.2.128/25", "10.1.2.100", false],
    ["0.0.0.0/0", "8.8.8.8", true],
    ["fd00::/8", "fdff::1", true],
    ["fd00::/8", "fe80::1%eth0", false],
    ["::1/128", "0:0:0:0:0:0:0:1", true],
    ["::1/128", "127.0.0.1", false],
  ];
  for (const [cidr, address, inside] of cases) {
    equal(contains(parseCidr(cidr)!, address), inside, `${address} in ${cidr}`);
  }
  equal(contains(parseCidr("::/0")!, "somewhere"), undefined);
});

Deno.test("parseCidr refuses what is no range", () => {
  const wrong = ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "256.0.0.0/8", "::1/129", "1:2/8"];
  for (const text of [...wrong, "::1::2/8", "1:2:3:4:5:6:7:8:9/8", "x/8", "10.0.0.0/-1"]) {
    equal(parseCidr(text), undefined, text);
  }
});
