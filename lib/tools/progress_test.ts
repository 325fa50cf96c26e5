import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { formatBytes, formatCount, Progress, progressBar, type Terminal } from "./progress.ts";

class FakeTerminal implements Terminal {
  written = "";
  #onWrite = () => {};
  constructor(readonly isTerminal: boolean, readonly columns = 80) {}

  write(bytes: Uint8Array): void {
    this.written += new TextDecoder().decode(bytes);
    this.#onWrite();
  }

  nextWrite(): Promise<void> {
    return new Promise((resolve) => this.#onWrite = resolve);
  }
}

const LOG = { logLevel: 2, logPrefix: "", logFormat: "text" } as const;

Deno.test("Progress draws its line on a terminal, cut off at the edge, and takes it away", async () => {
  const terminal = new FakeTerminal(true, 10);
  {
    using _progress = new Progress(() => "0123456789abc", terminal);
    await terminal.nextWrite();
    equal(terminal.written, "\r\x1b[2K012345678");
  }
  equal(terminal.written, "\r\x1b[2K012345678\r\x1b[2K");
});

Deno.test("Progress.loggerOf writes log lines on lines of their own", async () => {
  const terminal = new FakeTerminal(true);
  using progress = new Progress(() => "half", terminal);
  await terminal.nextWrite();
  progress.loggerOf(LOG).info("news");
  const afterLine = terminal.written.split("half\r\x1b[2K")[1] ?? "";
  match(afterLine, /^\S+ \S+ INFO: news\n$/);
});

Deno.test("Progress shows nothing where there is no terminal, but for the log", () => {
  const terminal = new FakeTerminal(false);
  {
    using progress = new Progress(() => "half", terminal);
    progress.loggerOf(LOG).info("news");
  }
  match(terminal.written, /^\S+ \S+ INFO: news\n$/);
});

Deno.test("progressBar fills from nothing to all", () => {
  equal(progressBar(0), "─".repeat(24) + "   0%");
  equal(progressBar(0.5), "━".repeat(12) + "─".repeat(12) + "  50%");
  deepEqual([progressBar(-1), progressBar(7)], [progressBar(0), progressBar(1)]);
});

Deno.test("formatBytes and formatCount write numbers for people", () => {
  deepEqual([0, 999, 1000, 1_500_000, 2e15].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 KB",
    "1.5 MB",
    "2000.0 TB",
  ]);
  equal(formatCount(1234567.8), "1,234,568");
});
