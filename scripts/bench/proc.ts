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

/** Processor time of each thread of a process, by its id. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** In seconds, as finely as the scheduler counts: a tick of `stat` is 10 ms. */
export async function threadSeconds(pid: number): Promise<ThreadTimes> {
  const times = new Map<string, number>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    try {
      const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`);
      times.set(name, Number(text.split(" ")[0]) / 1e9);
    } catch (error) { // it has ended since it was listed
      if (!(error instanceof Deno.errors.NotFound) && !isGone(error)) throw error;
    }
  }
  return times;
}

/** What the threads have used between two looks: all together, and the busiest one. In seconds. */
export function usedBetween(
  before: ThreadTimes,
  after: ThreadTimes,
): { all: number; busiest: number } {
  const used = [...after].map(([id, seconds]) => seconds - (before.get(id) ?? 0));
  return { all: used.reduce((sum, each) => sum + each, 0), busiest: Math.max(0, ...used) };
}

/** "No such process", as Linux says of a file in /proc that was open when its thread ended. */
function isGone(error: unknown): boolean {
  return (error as { code?: string }).code === "ESRCH";
}
