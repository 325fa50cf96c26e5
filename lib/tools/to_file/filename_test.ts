import { strictEqual as equal } from "node:assert/strict";
import { filenameAt, type FilenameOptions, filenameTemplate, withRevision } from "./filename.ts";

const SUBJECT = { topic: "orders", hostname: "web1.example.com", pid: 42 };

function template(options: Partial<FilenameOptions>): string {
  return filenameTemplate({
    filenameFormat: "<TOPIC>.<HOST><REV>.<DATETIME>.log",
    datetimeFormat: "%Y",
    hostIdentifier: "",
    gzip: false,
    needsRevision: false,
    ...options,
  }, SUBJECT);
}

Deno.test("filenameTemplate drops <REV> unless it is needed", () => {
  equal(template({}), "orders.web1.<DATETIME>.log");
  equal(template({ needsRevision: true }), "orders.web1<REV>.<DATETIME>.log");
});

Deno.test("filenameTemplate ends gzip files in .gz once", () => {
  equal(template({ gzip: true }), "orders.web1.<DATETIME>.log.gz");
  equal(template({ gzip: true, filenameFormat: "<TOPIC>.gz" }), "orders.gz");
});

Deno.test("filenameTemplate replaces hosts and the process id", () => {
  const filenameFormat = "<HOST>/<PID>-<TOPIC>";
  equal(template({ filenameFormat }), "web1/42-orders");
  equal(
    template({ filenameFormat, hostIdentifier: "<SHORT_HOST>+<HOSTNAME>" }),
    "web1+web1.example.com/42-orders",
  );
  equal(template({ filenameFormat, hostIdentifier: "$&" }), "$&/42-orders");
});

Deno.test("filenameAt and withRevision fill in the rest", () => {
  const filename = filenameAt("a<REV>.<DATETIME>", "%Y%m", new Date(2026, 0, 2));
  equal(filename, "a<REV>.202601");
  equal(withRevision(filename, 12), "a-000012.202601");
});
