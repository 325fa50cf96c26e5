/**
 * {@link Traffic} in a process of its own, for a cluster that is reached from elsewhere only. A line on stdin tells it what to do, and is
 * answered with one of JSON: `flows 500` with how many are acknowledged then, `finish` with the tally.
 *
 *     deno run -A traffic_process.ts RATE LOOKUPD…
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Load, Tally } from "./load.ts";
import { Traffic } from "./traffic.ts";

/** The command that starts one. @param lookupds HTTP addresses, as they are called where it runs */
export function trafficCommand(perSecond: number, lookupds: readonly string[]): string[] {
  const program = import.meta.filename!;
  return [Deno.execPath(), "run", "-A", "--quiet", program, String(perSecond), ...lookupds];
}

/** Traffic that another process makes. */
export class RemoteTraffic implements Load, AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #acknowledged = 0;

  /** @param command {@link trafficCommand}, behind what brings it to where the cluster is */
  constructor([executable = "", ...args]: readonly string[], cwd: string) {
    this.#child = spawn(executable, args, { cwd, stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  async flows(count: number): Promise<void> {
    this.#acknowledged = await this.#ask(`flows ${count}`);
  }

  async finish(): Promise<Tally> {
    const tally = await this.#ask<Tally>("finish");
    this.#acknowledged = tally.acknowledged;
    return tally;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve();
      else this.#child.once("exit", () => resolve());
    });
    this.#child.kill();
    await ended;
  }

  async #ask<T>(words: string): Promise<T> {
    this.#child.stdin!.write(`${words}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`traffic ended before it answered ${words}`);
    return JSON.parse(value);
  }
}

if (import.meta.main) {
  const [perSecond, ...lookupds] = Deno.args;
  const traffic = new Traffic(lookupds, Number(perSecond));
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, count] = line.split(" ");
    if (word === "finish") console.log(JSON.stringify(await traffic.finish()));
    else {
      await traffic.flows(Number(count));
      console.log(traffic.acknowledged);
    }
  }
}
