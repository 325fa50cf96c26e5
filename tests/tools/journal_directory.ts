/** Data directories with journals, written by the journal itself: no broker is needed. */
import { CommitGroup } from "../../lib/journal/commit_group.ts";
import { Journal } from "../../lib/journal/journal.ts";
import { records } from "../../lib/journal/testing/harness.ts";
import { createLogger, LOG_LEVELS } from "../../lib/log/logger.ts";
import { DenoFileSystem } from "../../lib/storage/deno_file_system.ts";
import { systemTimers } from "../../lib/storage/timers.ts";

/** The journal of one topic in `path`, open for writing. */
export class JournalWriter {
  readonly journal: Journal;
  readonly group: CommitGroup;
  unixMs = 1_700_000_000_000;

  constructor(readonly path: string, topic: string, segmentBytes?: number) {
    const files = new DenoFileSystem();
    this.group = new CommitGroup({
      files,
      dataPath: path,
      timers: systemTimers,
      monotonicMs: () => performance.now(),
    });
    this.journal = new Journal({
      topic,
      dataPath: path,
      files,
      group: this.group,
      logger: createLogger({ level: LOG_LEVELS["fatal"]!, prefix: "", format: "text" }),
      unixMs: () => this.unixMs,
      ...segmentBytes !== undefined && { segmentBytes },
    });
  }

  /** A commit with these messages. */
  async publish(...bodies: (string | Uint8Array)[]): Promise<void> {
    this.append(...bodies);
    await this.group.flush();
  }

  append(...bodies: (string | Uint8Array)[]): void {
    const ids = bodies.map((_, i) => (this.journal.endIndex + i).toString(16).padStart(16, "0"));
    const bytes = records(bodies, this.unixMs, ids);
    this.journal.append(bytes, 0, bytes.length, bodies.length);
  }

  defer(body: string, dueMs: number): void {
    const bytes = records([body], this.unixMs, [
      this.journal.endIndex.toString(16).padStart(16, "0"),
    ]);
    this.journal.append(bytes, 0, bytes.length, 1, dueMs);
  }

  /** Stops as a broker does. */
  async close(): Promise<void> {
    this.journal.end();
    await this.group.flush();
    this.journal.close();
  }

  /** What a process that is killed now leaves behind. */
  async kill(): Promise<void> {
    await this.group.flush();
    this.journal.close();
  }
}
