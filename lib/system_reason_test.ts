import { strictEqual as equal } from "node:assert/strict";
import { systemReason } from "./system_reason.ts";

Deno.test("systemReason leaves the system's words alone", () => {
  const denied = "Permission denied (os error 13): readfile '/x'";
  equal(systemReason(new Error(denied)), "permission denied");
  equal(systemReason(new Error("Connection refused (os error 111)")), "connection refused");
  equal(systemReason(new Error("Lock is held")), "Lock is held");
  const missing = "ENOENT: no such file or directory, open '/x, y'";
  equal(systemReason(new Error(missing)), "no such file or directory");
  equal(systemReason("broken"), "broken");
});
