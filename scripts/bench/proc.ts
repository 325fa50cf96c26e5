/** Memory and processor time of a process, from Linux's /proc. */

/** Ticks of utime and stime per second: USER_HZ, 100 on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;

/** Resident memory in bytes. Throws if the text has no VmRSS line. */
export function parseRssBytes(status: string): number {
  return parseBytes(status, "VmRSS");
}

/** The most resident memory that there was, in bytes. Throws if the text has no VmHWM line. */
export function parsePeakRssBytes(status: string): number {
  return parseBytes(status, "VmHWM");
}

function parseBytes(status: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kib === undefined) throw new Error(`no ${name} in /proc/PID/status`);
  return Number(kib) * KIB;
}

/** User and system time in seconds. The command in field 2 may hold spaces and brackets. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error("no utime and stime in /proc/PID/stat");
  return ticks / TICKS_PER_SECOND;
}

export async function rssBytes(pid: number): Promise<number> {
  return parseRssBytes(await Deno.readTextFile(`/proc/${pid}/status`));
}

/** Bytes that the process has had written to disks. */
export async function writtenBytes(pid: number): Promise<number> {
  const written = /^write_bytes: (\d+)$/m.exec(await Deno.readTextFile(`/proc/${pid}/io`))?.[1];
  if (written === undefined) throw new Error("no write_bytes in /proc/PID/io");
  return Number(written);
}

export async function peakRssBytes(pid: number): Promise<number> {
  return parsePeakRssBytes(await Deno.readTextFile(`/proc/${pid}/status`));
}

export async function cpuSeconds(pid: number): Promise<number> {
  return parseCpuSeconds(await Deno.readTextFile(`/proc/${pid}/stat`));
}

/** What a thread is for: `core` is the main thread, `io` a worker's, `rest` what collects garbage, waits for disks, accepts for a Go program … */
export type ThreadKind = "core" | "io" | "rest";

/** Processor time of a thread since its start, in seconds. */
interface ThreadTime {
  readonly kind: ThreadKind;
  readonly seconds: number;
}

/** Of each thread of a process, by its id. */
export type ThreadTimes = ReadonlyMap<string, ThreadTime>;

/** Processor time by what it was used for, in seconds or (for a message) in µs. */
export interface ThreadUse extends Readonly<Record<ThreadKind, number>> {
  readonly all: number;
  /** The one thread that was busiest: it bounds what more cores could give. */
  readonly busiest: number;
}

/** As finely as the scheduler counts: a tick of `stat` is 10 ms. */
export async function threadTimes(pid: number): Promise<ThreadTimes> {
  const times = new Map<string, ThreadTime>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const path = `/proc/${pid}/task/${name}`;
    try {
      const [schedstat, comm] = await Promise.all(
        ["schedstat", "comm"].map((file) => Deno.readTextFile(`${path}/${file}`)),
      );
      const kind = threadKind(Number(name) === pid, comm!.trim());
      times.set(name, { kind, seconds: Number(schedstat!.split(" ")[0]) / 1e9 });
    } catch (error) { // it has ended since it was listed
      if (!(error instanceof Deno.errors.NotFound) && !isGone(error)) throw error;
    }
  }
  return times;
}

/** @param name as in `comm`: the runtime calls threads of workers worker-1, worker-2 … */
export function threadKind(isMain: boolean, name: string): ThreadKind {
  return isMain ? "core" : /^worker-\d+$/.test(name) ? "io" : "rest";
}

/** What the threads have used between two looks, in seconds. */
export function usedBetween(before: ThreadTimes, after: ThreadTimes): ThreadUse {
  const use = { core: 0, io: 0, rest: 0, all: 0, busiest: 0 };
  for (const [id, { kind, seconds }] of after) {
    const used = seconds - (before.get(id)?.seconds ?? 0);
    use[kind] += used;
    use.all += used;
    use.busiest = Math.max(use.busiest, used);
  }
  return use;
}

/** The same for each of so many messages, in µs. */
export function perMessage({ core, io, rest, all, busiest }: ThreadUse, count: number): ThreadUse {
  const each = (seconds: number) => seconds * 1e6 / count;
  return {
    core: each(core),
    io: each(io),
    rest: each(rest),
    all: each(all),
    busiest: each(busiest),
  };
}

/** "No such process", as Linux says of a file in /proc that was open when its thread ended. */
function isGone(error: unknown): boolean {
  return (error as { code?: string }).code === "ESRCH";
}
