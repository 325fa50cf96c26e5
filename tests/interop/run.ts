/** Runs client programs and judges how they end. */
import type { Nsqd } from "../harness/mod.ts";
import type { ClientEvent, ConsumeJob, Job, PublishJob, PublishMode } from "./job.ts";
import type { Library } from "./libraries.ts";
import { installLibrary } from "./setup.ts";

/** A job that hangs is ended and fails its test. */
const JOB_DEADLINE_MS = 90_000;

/**
 * Runs one job with a library and returns what its program reported.
 *
 * @throws Error with the program's output if it fails or does not end within 90 s.
 */
export async function runJob(library: Library, job: Job): Promise<ClientEvent[]> {
  const directory = await installLibrary(library);
  const [executable, ...args] = library.command(directory) as [string, ...string[]];
  const child = new Deno.Command(executable, {
    args: [...args, JSON.stringify(job)],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, JOB_DEADLINE_MS);
  const { success, code, stdout, stderr } = await child.output();
  clearTimeout(deadline);
  const text = new TextDecoder();
  const output = text.decode(stdout);
  if (!success) {
    const end = late ? `did not end within ${JOB_DEADLINE_MS} ms` : `exited with ${code}`;
    const what = `${job.action} ${job.topic} with ${library.name}`;
    throw new Error(`${what} ${end}\n${output}${text.decode(stderr)}`);
  }
  return output.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** Publishes bodies to a topic, acknowledged by the broker when this returns. @throws Error when the program ended without that */
export async function publish(
  library: Library,
  nsqd: Nsqd,
  topic: string,
  mode: PublishMode,
  bodies: readonly Uint8Array[],
  delayMs = 0,
): Promise<ClientEvent[]> {
  const job: PublishJob = {
    action: "publish",
    address: `127.0.0.1:${nsqd.tcpPort}`,
    topic,
    mode,
    bodies: bodies.map((body) => body.toBase64()),
    delayMs,
  };
  const events = await runJob(library, job);
  if (!events.some(({ event }) => event === "published")) {
    throw new Error(`${library.name} ended before it had published: ${JSON.stringify(events)}`);
  }
  return events;
}

/** What a consumer is asked beyond the defaults: one message in flight, a message timeout of 10 s. */
export type ConsumeSettings =
  & Pick<ConsumeJob, "expect">
  & Partial<Omit<ConsumeJob, "action" | "address" | "topic">>;

/** Consumes from a channel until as many messages as expected are done. */
export function consume(
  library: Library,
  nsqd: Nsqd,
  topic: string,
  settings: ConsumeSettings,
): Promise<ClientEvent[]> {
  return runJob(library, {
    action: "consume",
    address: `127.0.0.1:${nsqd.tcpPort}`,
    topic,
    channel: "ch",
    maxInFlight: 1,
    msgTimeoutMs: 10_000,
    maxAttempts: 5,
    ...settings,
  });
}

/** The bodies of reported messages, as base64, in the order of their arrival. */
export function bodiesOf(events: readonly ClientEvent[]): string[] {
  return events.filter((event) => event.event === "message").map((event) => event.body ?? "");
}
