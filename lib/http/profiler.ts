/**
 * Profiles of the running process, taken through V8's inspector. The files open in the developer
 * tools of Chromium and in editors that read V8 profiles.
 */
import { Session } from "node:inspector";

const KEEP_ALIVE_INTERVAL_MS = 1000;

/** A profile cannot be taken because another one is being taken. */
export class ProfilerBusyError extends Error {
  override readonly name = "ProfilerBusyError";
}

let busy = false;

/**
 * Samples where processor time goes.
 *
 * @returns the text of a `.cpuprofile`
 * @throws ProfilerBusyError
 */
export function cpuProfile(durationMs: number, cut: AbortSignal): Promise<string> {
  return withSession(async (session) => {
    await post(session, "Profiler.enable");
    await post(session, "Profiler.start");
    await elapsed(durationMs, cut);
    const { profile } = await post(session, "Profiler.stop") as { profile: unknown };
    return JSON.stringify(profile);
  });
}

/**
 * Samples which code allocates memory in V8's heap that is still alive at the end.
 *
 * @returns the text of a `.heapprofile`
 * @throws ProfilerBusyError
 */
export function allocationProfile(durationMs: number, cut: AbortSignal): Promise<string> {
  return withSession(async (session) => {
    await post(session, "HeapProfiler.enable");
    await post(session, "HeapProfiler.startSampling");
    await elapsed(durationMs, cut);
    const { profile } = await post(session, "HeapProfiler.stopSampling") as { profile: unknown };
    return JSON.stringify(profile);
  });
}

/**
 * Writes down every object in V8's heap. The process stands still meanwhile.
 *
 * @returns the pieces of a `.heapsnapshot`, in order
 * @throws ProfilerBusyError
 */
export function heapSnapshot(): Promise<string[]> {
  return withSession(async (session) => {
    const pieces: string[] = [];
    session.on("HeapProfiler.addHeapSnapshotChunk", (event: { params: { chunk: string } }) => {
      pieces.push(event.params.chunk);
    });
    await post(session, "HeapProfiler.takeHeapSnapshot");
    return pieces;
  });
}

/**
 * Runs a full garbage collection.
 *
 * @throws ProfilerBusyError
 */
export async function collectGarbage(): Promise<void> {
  await withSession((session) => post(session, "HeapProfiler.collectGarbage"));
}

async function withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
  if (busy) throw new ProfilerBusyError("a profile is being taken already");
  busy = true;
  // The inspector's answers alone do not keep the event loop going.
  const keepAlive = setInterval(() => {}, KEEP_ALIVE_INTERVAL_MS);
  const session = new Session();
  try {
    session.connect();
    return await use(session);
  } finally {
    session.disconnect();
    clearInterval(keepAlive);
    busy = false;
  }
}

function post(session: Session, method: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(method, (error: Error | null, result: unknown) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

/** Resolves after that time, or as soon as nobody waits for the profile any more. */
function elapsed(durationMs: number, cut: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      cut.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    cut.addEventListener("abort", end);
    if (cut.aborted) end();
  });
}
