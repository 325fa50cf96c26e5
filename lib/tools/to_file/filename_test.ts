import { strictEqual as equal } from "node:assert/strict";
import {
  filenameAt,
  type FilenameOptions,
  filenameTemplate,
  placeholderWarnings,
  withRevision,
} from "./filename.ts";

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

Deno.test("placeholderWarnings tells what is not replaced", () => {
  const warnings = (filenameFormat: string, hostIdentifier = "") =>
    placeholderWarnings({ filenameFormat, hostIdentifier }).join("\n");
  equal(warnings("<TOPIC>/<HOST>.<PID><REV>.<DATETIME>.log", "<SHORT_HOST>-<HOSTNAME>"), "");
  equal(warnings("a < b > c <>"), "");
  equal(
    warnings("<TOPC>.<topic>.<TOPC>", "<HOST>"),
    "--filename-format: <TOPC> stays as it is; <TOPIC>, <HOST>, <PID>, <DATETIME>, <REV> are replaced\n" +
      "--filename-format: <topic> stays as it is; <TOPIC>, <HOST>, <PID>, <DATETIME>, <REV> are replaced\n" +
      "--host-identifier: <HOST> stays as it is; <SHORT_HOST>, <HOSTNAME> are replaced",
  );
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

Deno.test("filenameTemplate leads nowhere else, whatever is filled in", () => {
  const named = (filenameFormat: string, topic: string, hostname = "h", hostIdentifier = "") =>
    filenameTemplate(
      { filenameFormat, datetimeFormat: "", hostIdentifier, gzip: false, needsRevision: false },
      { topic, hostname, pid: 1 },
    );
  equal(named("<TOPIC>/<TOPIC>.log", ".."), "%2E%2E/...log");
  equal(named("<TOPIC>/a/<TOPIC>", "."), "%2E/a/%2E");
  equal(named("<TOPIC><TOPIC>/x", "."), "%2E%2E/x");
  equal(named("<HOST>/x", "t", "a/b\n"), "a%2Fb%0A/x");
  equal(named("<HOST>/x", "t", "..", "dc/<HOSTNAME>"), "dc/%2E%2E/x");
  equal(named("<HOST>/x", "t", "a", "../<HOSTNAME>"), "../a/x"); // the operator's own choice
  equal(named("<TOPIC>/x", "a#ephemeral"), "a#ephemeral/x");
  equal(named("../archive/<TOPIC>.log", ".."), "../archive/...log"); // and so is this
});

Deno.test("filenameAt and withRevision fill in the rest", () => {
  const filename = filenameAt("a<REV>.<DATETIME>", "%Y%m", new Date(2026, 0, 2));
  equal(filename, "a<REV>.202601");
  equal(withRevision(filename, 12), "a-000012.202601");
});
