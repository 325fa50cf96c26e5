import type { RequestContext } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import { queryOf } from "../../lib/http/parameters.ts";
import type { Query } from "../../lib/http/query.ts";
import type { Answer } from "../../lib/http/respond.ts";
import { requestTarget } from "../../lib/http/target.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";

/** How a rate reads that graphite does not know. */
const NO_RATE = "N/A";

/** Headers of graphite's answer that are passed on. */
const PASSED_HEADERS = ["content-type", "cache-control", "expires", "last-modified"];

/**
 * What graphite answers may hold parts of the question, as its error pages do: opened as a page, it
 * must not act in our name.
 */
const HARMLESS_HEADERS: [string, string][] = [
  ["Content-Security-Policy", "sandbox; default-src 'none'"],
  ["X-Content-Type-Options", "nosniff"],
];

/** `/api/graphite`, and `/render` where graphite is passed on. */
export function addGraphiteRoutes(api: AdminApi, host: AdminHost): void {
  api.route("GET", "/api/graphite", (context) => rate(host, context));
  if (host.options.proxyGraphite) api.route("GET", "/render", (context) => render(host, context));
}

/** Messages per second of the last full interval, as graphite knows them, with two decimals. */
async function rate(host: AdminHost, context: RequestContext): Promise<Answer> {
  const query = queryOf(context, host.logger);
  if (query.get("metric") !== "rate") throw new HttpError(400, "INVALID_ARG_METRIC");
  const target = required(query, "target");
  const seconds = Math.max(1, Math.trunc(host.options.statsdIntervalMs / 1000));
  const url = renderUrl(host, {
    format: "json",
    from: `-${seconds * 2}sec`,
    target,
    until: `-${seconds}sec`,
  });
  host.logger.info(`GRAPHITE: ${withoutPassword(url)}`);
  let answer: unknown;
  try {
    answer = await host.client.get(url.href);
  } catch (error) {
    host.logger.error(`graphite request failed - ${(error as Error).message}`);
    throw new HttpError(500, "INTERNAL_ERROR", { cause: error });
  }
  const count = firstValue(answer);
  return { rate: count === undefined || count < 0 ? NO_RATE : (count / seconds).toFixed(2) };
}

function required(query: Query, name: "target"): string {
  const value = query.get(name);
  if (value === undefined) throw new HttpError(400, `INVALID_ARG_${name.toUpperCase()}`);
  return value;
}

/** The value of `[{"datapoints": [[value, time], …]}, …]`; undefined when there is none. */
function firstValue(answer: unknown): number | undefined {
  if (!Array.isArray(answer)) return undefined;
  const value = answer[0]?.datapoints?.[0]?.[0];
  return typeof value === "number" ? value : undefined;
}

/** Graphite's own answer, such as a picture. @throws HttpError 502 when there is none */
async function render(host: AdminHost, context: RequestContext): Promise<Response> {
  const url = renderUrl(host, {});
  url.search = requestTarget(context.req.url).query ?? "";
  const { username, password } = url;
  url.username = url.password = "";
  const headers: Record<string, string> = {};
  if (username !== "") {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.authorization = `Basic ${btoa(pair)}`;
  }
  const signal = AbortSignal.any([
    context.req.raw.signal,
    AbortSignal.timeout(Math.ceil(host.options.httpClientRequestTimeoutMs) || 1),
  ]);
  try {
    const answer = await host.client.fetch(url, { headers, signal, redirect: "manual" });
    const passed = PASSED_HEADERS.flatMap((name): [string, string][] => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    return new Response(answer.body, {
      status: answer.status,
      headers: [...passed, ...HARMLESS_HEADERS],
    });
  } catch (error) {
    host.logger.error(`graphite request failed - ${(error as Error).message}`);
    throw new HttpError(502, "UPSTREAM_ERROR: graphite does not answer", { cause: error });
  }
}

function renderUrl(host: AdminHost, query: Record<string, string>): URL {
  if (host.options.graphiteUrl === "") throw new HttpError(500, "INTERNAL_ERROR");
  const url = new URL(`${host.options.graphiteUrl.replace(/\/+$/, "")}/render`);
  url.search = new URLSearchParams(query).toString();
  return url;
}

function withoutPassword(url: URL): string {
  const shown = new URL(url);
  shown.password = "";
  return shown.href;
}
