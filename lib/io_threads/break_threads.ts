/** `EVERY,TIMES`: a thread fails every so many ms, so often. For tests of what is left then. */
const BREAK_THREADS = "NSQ_TEST_BREAK_IO_THREADS";

/** What can be made to fail. */
interface Breakable {
  breakIt(): void;
}

/** Has threads fail one after the other, each when the one before was replaced, if the environment says so. Stops when `signal` is aborted. */
export function breakThreads(threads: ReadonlySet<Breakable>, signal: AbortSignal): void {
  const [everyMs = 0, times = 0] = (Deno.env.get(BREAK_THREADS) ?? "").split(",").map(Number);
  if (everyMs === 0) return;
  const { size } = threads;
  let done = 0, victim: Breakable | undefined;
  const timer = setInterval(() => {
    if (threads.size < size || victim !== undefined && threads.has(victim)) return;
    victim = [...threads][done % size]!;
    victim.breakIt();
    if (++done === times) clearInterval(timer);
  }, everyMs);
  signal.addEventListener("abort", () => clearInterval(timer));
}
