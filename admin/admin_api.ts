import {
  type Connection,
  type Guard,
  type Handler,
  HttpApi,
  type RequestContext,
  type RouteOptions,
} from "../lib/http/api.ts";
import { HttpError } from "../lib/http/http_error.ts";
import { requestTarget } from "../lib/http/target.ts";
import type { HttpRequest } from "../lib/http/request.ts";
import type { Logger } from "../lib/log/logger.ts";
import { normalizeBasePath, underBasePath } from "./base_path.ts";
import { isSameOrigin } from "./security/same_origin.ts";

const SAFE_METHODS = ["GET", "HEAD"];

/** Addresses below these are for scripts: what is wrong there is said in JSON. */
const API_PATHS = /^\/(api|config|static|render|ping|health|metrics)(\/|$)/;

/** What the API has to know to guard its routes. */
export interface Guards {
  readonly basePath: string;
  /** Whether requests with this Host header are answered at all. */
  isAllowedHost(host: string | null): boolean;
  /** By `--http-auth-file`; null: everybody may call. */
  readonly tokens: Guard | null;
  /** Whether its sender may change things. */
  isAdmin(request: HttpRequest): boolean;
}

/** An `HttpApi` under a base path, guarded against other sites' pages. */
export class AdminApi {
  /** `/`, or `/x` without a slash behind. */
  readonly basePath: string;
  readonly #api: HttpApi;
  readonly #guards: Guards;
  #unknownPage: ((request: HttpRequest) => Promise<Response>) | null = null;

  constructor(logger: Logger, guards: Guards) {
    this.#guards = guards;
    const base = this.basePath = normalizeBasePath(guards.basePath);
    const { tokens } = guards;
    this.#api = new HttpApi(logger, tokens && belowBasePath(base, tokens));
  }

  /** `path` with the base path before it. */
  path(path: string): string {
    return underBasePath(this.basePath, path);
  }

  /**
   * Adds a route. `path` is without the base path, and made of fixed segments and `:name` ones. What
   * is no GET answers only to our own pages and to scripts.
   */
  route(method: string, path: string, handler: Handler, options: RouteOptions = {}): void {
    const guarded = SAFE_METHODS.includes(method)
      ? handler
      : (context: RequestContext) => (refuseOtherSites(context.req.raw), handler(context));
    this.#api.route(method, this.path(path), guarded, options);
  }

  /** Adds a route that changes things: as {@link route}, and only for those who may. */
  action(method: "POST" | "PUT" | "DELETE", path: string, handler: Handler): void {
    this.route(method, path, (context) => {
      if (!this.#guards.isAdmin(context.req.raw)) throw new HttpError(403, "FORBIDDEN");
      return handler(context);
    });
  }

  /** What people are shown who open an address that is none; scripts get JSON there. */
  unknownPage(page: (request: HttpRequest) => Promise<Response>): void {
    this.#unknownPage = page;
  }

  /** Answers one request. Never throws. */
  async handle(request: HttpRequest, connection: Connection): Promise<Response> {
    if (!this.#guards.isAllowedHost(request.headers.get("host"))) {
      return new Response("this server does not answer to that name, see --allow-host\n", {
        status: 403,
        headers: { "Content-Type": "text/plain; charset=utf-8" },
      });
    }
    const response = await this.#api.handle(request, connection);
    // Where tokens are asked for, nobody is shown a page without one: unknown addresses have no role.
    const isOpen = this.#guards.tokens === null;
    if (response.status === 404 && isOpen && this.#isForPeople(request)) {
      return await this.#unknownPage!(request);
    }
    letCompress(response.headers);
    return response;
  }

  #isForPeople({ method, headers, url }: HttpRequest): boolean {
    if (this.#unknownPage === null || method !== "GET") return false;
    if (!(headers.get("accept") ?? "").includes("text/html")) return false;
    const base = this.basePath === "/" ? "" : this.basePath;
    const { path } = requestTarget(url);
    return !path.startsWith(base + "/") || !API_PATHS.test(path.slice(base.length));
  }
}

/** The guard, which knows routes as they are without a base path. */
function belowBasePath(base: string, guard: Guard): Guard {
  const length = base === "/" ? 0 : base.length;
  return { forRoute: (method, path) => guard.forRoute(method, path.slice(length) || "/") };
}

function refuseOtherSites(request: HttpRequest): void {
  if (!isSameOrigin(request.headers)) throw new HttpError(403, "CROSS_ORIGIN_REQUEST");
}

/**
 * `HttpApi` keeps the server from compressing, as brokers have better things to do. Here answers can
 * be large and go far; none of them may be kept, as they tell of now.
 */
function letCompress(headers: Headers): void {
  if (headers.get("Cache-Control") !== "no-transform") return;
  headers.set("Cache-Control", "no-store");
}
