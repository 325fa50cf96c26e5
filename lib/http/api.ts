import { Hono } from "hono";
import type { Logger } from "../log/logger.ts";
import { discardBody, isRead } from "./body.ts";
import { type Connection, FixedContext, type RequestContext } from "./context.ts";
import { HttpError } from "./http_error.ts";
import { refuseMalformed } from "./malformed.ts";
import { queryOf } from "./parameters.ts";
import { percentDecode } from "./percent.ts";
import type { Query } from "./query.ts";
import { logRequest } from "./request_log.ts";
import type { HttpRequest } from "./request.ts";
import {
  type Answer,
  ownResponse,
  respondErrorV1,
  respondRedirect,
  respondText,
  respondV1,
} from "./respond.ts";
import { RouteTable } from "./route_table.ts";
import { decodedPath, requestPath, requestTarget } from "./target.ts";

export type { Connection, RequestContext };

/** Gives an answer, or throws an `HttpError` to refuse. */
export type Handler = (context: RequestContext) => Answer | Promise<Answer>;

/** Lets requests pass, or refuses them. */
export interface Guard {
  /**
   * What is asked before the handler of a route, and throws an `HttpError` to refuse; null for a route that is for everybody.
   * @throws Error for a route that it does not know
   */
  forRoute(method: string, path: string): ((context: RequestContext) => void) | null;
}

/** How a route differs from the usual one. */
export interface RouteOptions {
  /** Answers and refusals are plain text without the API's header. Default: false. */
  plainText?: boolean;
  /** Requests appear in the log. Default: true. */
  logged?: boolean;
  /** All query parameters that there are: another one is refused with 400, so that a slip of the pen is not passed over. Default: any. */
  parameters?: readonly string[];
}

/**
 * An HTTP API with the conventions that NSQ's daemons share: version 1 answers, NOT_FOUND and
 * METHOD_NOT_ALLOWED, redirects from misspelt paths, one log line a request, and an
 * INTERNAL_ERROR for whatever a handler did not expect.
 *
 * Routes are made of fixed segments and `:name` ones.
 */
export class HttpApi {
  readonly #hono = new Hono<{ Bindings: Connection }>({
    getPath: (request) => decodedPath(request.url),
  });
  /** By path and method: routes whose path has no parameters are found here, if it was sent as it stands, and need no router. */
  readonly #fixed = new Map<string, Map<string, (context: RequestContext) => Promise<Response>>>();
  readonly #routes = new RouteTable();
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  readonly #guard: Guard | null;

  /**
   * @param guard null: everybody may do everything
   * @param nowMs times the requests for the log; it need not be the time of day
   */
  constructor(
    logger: Logger,
    guard: Guard | null = null,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#guard = guard;
    this.#logger = logger;
    this.#nowMs = nowMs;
    this.#hono.notFound((context) => this.#unmatched(context.req.raw, context.env));
  }

  /** Adds a route; the order of routes does not matter. */
  route(method: string, path: string, handler: Handler, options: RouteOptions = {}): void {
    this.#routes.add(method, path);
    const check = this.#guard?.forRoute(method, path) ?? null;
    const { parameters } = options;
    const isOpen = check === null && parameters === undefined;
    const guarded: Handler = isOpen ? handler : (context) => {
      check?.(context);
      if (parameters !== undefined) refuseOthers(queryOf(context, this.#logger), parameters);
      return handler(context);
    };
    const run = (context: RequestContext) => this.#run(guarded, context, options);
    const serve = options.logged === false ? run : async (context: RequestContext) => {
      const startMs = this.#nowMs();
      const response = await run(context);
      this.#log(context.req.raw, context.env, response, startMs);
      return response;
    };
    this.#hono.on(method, path, serve);
    if (!path.includes(":")) this.#addFixed(method, path, serve);
  }

  /** Answers one request. Never throws. */
  async handle(request: HttpRequest, connection: Connection): Promise<Response> {
    const refusal = refuseMalformed(request);
    if (refusal !== null) return refusal;
    const { method } = request;
    const fixed = this.#fixed.get(requestPath(request.url))?.get(method);
    // hono would serve HEAD from the route for GET. The server leaves the body out.
    const shared = fixed !== undefined
      ? await fixed(new FixedContext(request, connection))
      : method === "HEAD"
      ? this.#unmatched(request, connection)
      : await this.#hono.fetch(request as Request, connection); // it looks at no more of it
    const isReusable = isRead(request) || shared.headers.has("Connection") ||
      await discardBody(request);
    if (isReusable && connection.onlyReads === true) return shared;
    const response = ownResponse(shared);
    if (!isReusable) response.headers.set("Connection", "close");
    return response;
  }

  #addFixed(
    method: string,
    path: string,
    serve: (context: RequestContext) => Promise<Response>,
  ): void {
    const known = this.#fixed.get(path);
    if (known === undefined) this.#fixed.set(path, new Map([[method, serve]]));
    else known.set(method, serve);
  }

  async #run(
    handler: Handler,
    context: RequestContext,
    { plainText = false }: RouteOptions,
  ): Promise<Response> {
    try {
      const answer = await handler(context);
      if (plainText && typeof answer === "string") return respondText(200, answer);
      return respondV1(answer);
    } catch (error) {
      if (!(error instanceof HttpError)) return this.#internalError(error);
      const response = plainText
        ? respondText(error.status, error.message)
        : respondErrorV1(error.status, error.message);
      if (error.challenge !== undefined) {
        response.headers.set("WWW-Authenticate", error.challenge);
      }
      return response;
    }
  }

  #internalError(error: unknown): Response {
    const detail = error instanceof Error ? error.stack ?? error.message : String(error);
    this.#logger.error(`panic in HTTP handler - ${detail}`);
    return respondErrorV1(500, "INTERNAL_ERROR");
  }

  #unmatched(request: HttpRequest, connection: Connection): Response {
    const startMs = this.#nowMs();
    const { method, url } = request;
    const target = requestTarget(url);
    const path = percentDecode(target.path, false);
    if (path === undefined) return respondText(400, "400 Bad Request", [["Connection", "close"]]);

    const corrected = this.#routes.corrected(method, path);
    if (corrected !== undefined) {
      const query = target.query === undefined ? "" : "?" + target.query;
      return respondRedirect(method, encodePath(corrected) + query);
    }
    if (method === "OPTIONS" && path === "/*") return respondText(200, "");
    const allow = this.#routes.allowed(path, method);
    if (method === "OPTIONS" && allow !== "") return respondText(200, "", [["Allow", allow]]);

    const response = allow === ""
      ? respondErrorV1(404, "NOT_FOUND")
      : respondErrorV1(405, "METHOD_NOT_ALLOWED");
    if (allow !== "") response.headers.set("Allow", allow);
    this.#log(request, connection, response, startMs);
    return response;
  }

  #log(request: HttpRequest, connection: Connection, response: Response, startMs: number): void {
    logRequest(this.#logger, {
      status: response.status,
      method: request.method,
      url: request.url,
      remoteAddress: connection.remoteAddress,
      elapsedMs: this.#nowMs() - startMs,
    });
  }
}

/** @throws HttpError 400 that names the first parameter that is none of `known` */
function refuseOthers(query: Query, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    const there = known.length === 0 ? "there are none here" : `there are ${known.join(", ")}`;
    throw new HttpError(400, `${name}: unknown parameter, ${there}`);
  }
}

function encodePath(path: string): string {
  return encodeURI(path).replaceAll("?", "%3F").replaceAll("#", "%23");
}
