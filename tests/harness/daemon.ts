/** One process of the project: watched through its log, ended by its own process id. */
import { equal, fail } from "./assert.ts";
import { withDeadline } from "./eventually.ts";

/** How long a start, or the refusal to, may take. */
export const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 60_000;
const LOG_DEADLINE_MS = 60_000;

/** A running process with a TCP port and an HTTP API. */
export class Daemon {
  readonly logLines: string[] = [];
  tcpPort = 0;
  httpPort = 0;
  readonly #child: Deno.ChildProcess;
  readonly #logRead: Promise<void>;
  #status: Deno.CommandStatus | undefined;
  #endedByTest = false;
  #logWatchers: (() => void)[] = [];

  /** @param role for messages */
  constructor(readonly role: string, child: Deno.ChildProcess) {
    this.#child = child;
    this.#logRead = this.#readLog();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Memory of the process that is resident now. */
  async residentBytes(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.pid}/status`);
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
  }

  /** Waits until it listens and answers. @throws {Error} with its log when it does not. */
  async started(): Promise<void> {
    this.tcpPort = portOf(await this.waitForLog(/\bTCP: listening on /, START_DEADLINE_MS));
    this.httpPort = portOf(await this.waitForLog(/\bHTTP: listening on /, START_DEADLINE_MS));
    const answer = await (await this.http("/ping")).text();
    if (!answer.includes("TLS_REQUIRED")) equal(answer, "OK");
  }

  /** Called once the process is gone: what was made for it goes too. */
  removeFiles(): Promise<void> {
    return Promise.resolve();
  }

  /** Calls the HTTP API. */
  http(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.httpPort}${path}`, init);
  }

  /** POSTs to the HTTP API and expects status 200. */
  async post(path: string, body?: BodyInit): Promise<void> {
    const response = await this.http(path, { method: "POST", ...(body !== undefined && { body }) });
    const answer = await response.text();
    equal(response.status, 200, `${path}: ${answer}`);
  }

  /** The first log line, past or to come, that matches. @throws {Error} when none comes in time. */
  waitForLog(pattern: RegExp, timeoutMs = LOG_DEADLINE_MS): Promise<string> {
    const found = new Promise<string>((resolve, reject) => {
      const look = () => {
        const line = this.logLines.find((each) => pattern.test(each));
        if (line !== undefined) resolve(line);
        else if (this.#status === undefined) this.#logWatchers.push(look);
        else reject(new Error(`${this.role} ended without logging ${pattern}:\n${this.log()}`));
      };
      look();
    });
    return withDeadline(found, timeoutMs, `log line ${pattern}`);
  }

  /** Everything logged so far. */
  log(): string {
    return this.logLines.join("\n");
  }

  /** Ends the process as an operator does, and expects it to say that all went well. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const { code } = await this.#end(signal);
    equal(code, 0, `exit code after ${signal}; log:\n${this.log()}`);
  }

  /** Tells the process to stop, and gives back its exit code. */
  async exitCode(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<number> {
    const { code } = await this.#end(signal);
    return code;
  }

  /** Waits for an end that nobody asked for; the exit code. */
  async ended(): Promise<number> {
    this.#endedByTest = true;
    this.#status = await withDeadline(this.#child.status, STOP_DEADLINE_MS, "end");
    await this.#logRead;
    return this.#status.code;
  }

  /** Ends the process as a crash does. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops the process unless a test has ended it already. @throws {Error} when it had ended by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.#endedByTest) {
        equal(this.#status, undefined, `${this.role} ended by itself; log:\n${this.log()}`);
        await this.stop();
      }
    } finally {
      await this.removeFiles();
    }
  }

  /** Ends what did not start as it should. */
  async abandon(): Promise<void> {
    if (this.#status === undefined) await this.kill();
    await this.removeFiles();
  }

  async #end(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    this.#endedByTest = true;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has just ended by itself, which its status tells.
      if (!(error instanceof TypeError)) throw error;
    }
    try {
      this.#status = await withDeadline(this.#child.status, STOP_DEADLINE_MS, `end by ${signal}`);
    } catch (error) {
      this.#child.kill("SIGKILL");
      this.#status = await this.#child.status;
      throw error;
    } finally {
      await this.#logRead;
    }
    return this.#status;
  }

  async #readLog(): Promise<void> {
    let unfinished = "";
    for await (const piece of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (unfinished + piece).split("\n");
      unfinished = lines.pop() ?? "";
      this.logLines.push(...lines);
      this.#wakeLogWatchers();
    }
    if (unfinished !== "") this.logLines.push(unfinished);
    this.#status = await this.#child.status;
    this.#wakeLogWatchers();
  }

  #wakeLogWatchers(): void {
    const watchers = this.#logWatchers;
    this.#logWatchers = [];
    for (const look of watchers) look();
  }
}

function portOf(logLine: string): number {
  return Number(/:(\d+)(?:"\})?$/.exec(logLine)?.[1] ?? fail(`no port in: ${logLine}`));
}
