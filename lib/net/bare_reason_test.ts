import { strictEqual as equal } from "node:assert/strict";
import { bareReason } from "./bare_reason.ts";

Deno.test("bareReason leaves out the address that was asked, and no other", () => {
  equal(bareReason("127.0.0.1:1", "127.0.0.1:1: connection refused"), "connection refused");
  equal(
    bareReason("a:1", "[::1]:1: refused; 127.0.0.1:1: refused"),
    "[::1]:1: refused; 127.0.0.1:1: refused",
  );
  equal(bareReason("127.0.0.1:1", "127.0.0.1:11: timeout"), "127.0.0.1:11: timeout");
});
