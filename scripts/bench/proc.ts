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

export async function peakRssBytes(pid: number): Promise<number> {
  return parsePeakRssBytes(await Deno.readTextFile(`/proc/${pid}/status`));
}

export async function cpuSeconds(pid: number): Promise<number> {
  return parseCpuSeconds(await Deno.readTextFile(`/proc/${pid}/stat`));
}
