import type { Logger } from "../log/logger.ts";
import type { HttpApi, RequestContext } from "./api.ts";
import { HttpError } from "./http_error.ts";
import type { Query } from "./query.ts";
import { escapeHtml, respondFile, respondHtml, respondText } from "./respond.ts";
import { queryOf } from "./parameters.ts";

const DEFAULT_PROFILE_SECONDS = 30;
/** A profile is kept in memory until it is sent. */
const MAX_PROFILE_SECONDS = 300;
const NO_SNIFFING: [string, string][] = [["X-Content-Type-Options", "nosniff"]];

/** What the index page says of each entry. */
const ENTRIES: readonly [path: string, description: string][] = [
  ["cmdline", "The command line of this process."],
  ["heap", "A heap snapshot (.heapsnapshot). The process stands still while it is taken."],
  ["heap?seconds=30", "A sample of live allocations made in that time (.heapprofile)."],
  ["profile?seconds=30", "A CPU profile over that time (.cpuprofile)."],
  ["../memory", "Memory figures of Deno and V8."],
];

/** Entries of Go's pprof for which neither Deno nor V8 has anything to show. */
const WITHOUT_COUNTERPART: readonly [method: string, entry: string][] = [
  ["GET", "block"],
  ["GET", "goroutine"],
  ["GET", "symbol"],
  ["POST", "symbol"],
  ["GET", "threadcreate"],
];

/** `/debug/…`: what Deno offers in place of Go's pprof. The profiler is loaded when first used. */
export function addDebugRoutes(api: HttpApi, logger: Logger): void {
  const pprof = { plainText: true, logged: false };
  api.route("GET", "/debug/pprof/", index, pprof);
  api.route("GET", "/debug/pprof/cmdline", commandLine, pprof);
  api.route("GET", "/debug/pprof/profile", (context) => profile(logger, context), pprof);
  api.route("GET", "/debug/pprof/heap", (context) => heap(logger, context), pprof);
  for (const [method, entry] of WITHOUT_COUNTERPART) {
    api.route(method, `/debug/pprof/${entry}`, () => {
      throw new HttpError(501, `Deno has no counterpart of Go's ${entry} profile`);
    }, pprof);
  }
  api.route("GET", "/debug/memory", memoryDetails);
  api.route("POST", "/debug/freememory", freeMemory, { plainText: true });
  api.route("PUT", "/debug/setblockrate", (context) => setBlockRate(logger, context), {
    plainText: true,
  });
}

function index(): Response {
  const items = ENTRIES.map(([path, description]) =>
    `<li><a href="${escapeHtml(path)}">${escapeHtml(path)}</a>: ${escapeHtml(description)}</li>\n`
  );
  return respondHtml(
    `<html>\n<head>\n<title>/debug/pprof/</title>\n</head>\n<body>\n/debug/pprof/\n<ul>\n` +
      `${items.join("")}</ul>\n</body>\n</html>\n`,
    NO_SNIFFING,
  );
}

/** The arguments, with a NUL between them as in /proc. */
function commandLine(): Response {
  return respondText(200, [Deno.execPath(), ...Deno.args].join("\0"), NO_SNIFFING);
}

async function profile(logger: Logger, context: RequestContext): Promise<Response> {
  const seconds = profileSeconds(queryOf(context, logger)) ?? DEFAULT_PROFILE_SECONDS;
  const { cpuProfile } = await import("./profiler.ts");
  const text = await unlessBusy(() => cpuProfile(seconds * 1000, context.req.raw.signal));
  return respondFile("profile.cpuprofile", [text]);
}

async function heap(logger: Logger, context: RequestContext): Promise<Response> {
  const seconds = profileSeconds(queryOf(context, logger));
  const { allocationProfile, heapSnapshot } = await import("./profiler.ts");
  if (seconds === undefined) {
    return respondFile("heap.heapsnapshot", await unlessBusy(heapSnapshot));
  }
  const text = await unlessBusy(() => allocationProfile(seconds * 1000, context.req.raw.signal));
  return respondFile("heap.heapprofile", [text]);
}

async function freeMemory(): Promise<string> {
  const { collectGarbage } = await import("./profiler.ts");
  await unlessBusy(collectGarbage);
  return "";
}

function setBlockRate(logger: Logger, context: RequestContext): never {
  const rate = queryOf(context, logger).get("rate") ?? "";
  if (!/^[+-]?[0-9]+$/.test(rate)) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(rate)}: invalid syntax`;
    throw new HttpError(400, `invalid block rate : ${reason}`);
  }
  throw new HttpError(501, "Deno has no block profile");
}

/**
 * The duration asked for; undefined when there is none or it is no positive number.
 *
 * @throws HttpError 400 when it is too long
 */
function profileSeconds(query: Query): number | undefined {
  const seconds = Number(query.get("seconds") ?? NaN);
  if (!(seconds > 0)) return undefined;
  if (seconds > MAX_PROFILE_SECONDS) {
    throw new HttpError(400, `seconds must not be more than ${MAX_PROFILE_SECONDS}`);
  }
  return seconds;
}

/** What Deno and V8 tell about memory, all in bytes but for the counts. */
async function memoryDetails(): Promise<Record<string, number>> {
  const { getHeapStatistics } = await import("node:v8");
  return { ...Deno.memoryUsage(), ...getHeapStatistics() };
}

/** @throws HttpError 409 while another profile is being taken */
async function unlessBusy<T>(take: () => Promise<T>): Promise<T> {
  const { ProfilerBusyError } = await import("./profiler.ts");
  try {
    return await take();
  } catch (error) {
    if (!(error instanceof ProfilerBusyError)) throw error;
    throw new HttpError(409, error.message, { cause: error });
  }
}
