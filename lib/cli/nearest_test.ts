import { strictEqual as equal } from "node:assert/strict";
import { nearestWord } from "./nearest.ts";

Deno.test("nearestWord finds what was meant", () => {
  const words = ["auth_http_address", "tls_cert", "tls_key", "id", "mem_queue_size"];
  const cases: [given: string, meant: string | undefined][] = [
    ["auth_http_adress", "auth_http_address"],
    ["auth_http_addresses", "auth_http_address"],
    ["atuh_http_address", "auth_http_address"],
    ["tls_crt", "tls_cert"],
    ["tls_ky", "tls_key"],
    ["mem-queue-size", "mem_queue_size"],
    ["memqueuesize", "mem_queue_size"],
    ["auth_http", "auth_http_address"],
    ["auth", "auth_http_address"],
    ["tls", undefined],
    ["foo", undefined],
    ["x", undefined],
    ["", undefined],
    ["queue", undefined],
  ];
  for (const [given, meant] of cases) equal(nearestWord(given, words), meant, given);
});

Deno.test("nearestWord takes the nearest, and the first of equals", () => {
  equal(nearestWord("tls_kez", ["tls_keq", "tls_key"]), "tls_keq");
  equal(nearestWord("tls_keyz", ["tls_cert", "tls_keyzz", "tls_key"]), "tls_keyzz");
});
