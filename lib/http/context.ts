import type { HttpRequest } from "./request.ts";

/** What a handler may know about the connection that its request came on. */
export interface Connection {
  /** "host:port" */
  remoteAddress: string;
  /** Whether it is encrypted. */
  tls?: boolean;
  /** Resolves when the answer was handed to the connection, and rejects when it could not be: whoever asks has to see to that. */
  answered?: () => Promise<void>;
  /** Whether the answer is only looked at, so that one may be given to many. */
  onlyReads?: boolean;
}

/** A request, as its handler sees it; hono's context is one. */
export interface RequestContext {
  readonly req: {
    readonly raw: HttpRequest;
    readonly url: string;
    header(name: string): string | undefined;
    /** What stands in the path for a `:name` of the route, decoded. */
    param(name: string): string | undefined;
    /** The first value of a parameter in the query, as browsers read it. */
    query(name: string): string | undefined;
  };
  readonly env: Connection;
}

/** A request whose route has no parameters in its path: all that a handler needs to see, and it costs next to nothing to make. */
export class FixedContext implements RequestContext {
  readonly req: RequestContext["req"];

  constructor(raw: HttpRequest, readonly env: Connection) {
    this.req = new FixedRequest(raw);
  }
}

class FixedRequest {
  constructor(readonly raw: HttpRequest) {}

  get url(): string {
    return this.raw.url;
  }

  header(name: string): string | undefined {
    return this.raw.headers.get(name) ?? undefined;
  }

  param(): undefined {
    return undefined;
  }

  query(name: string): string | undefined {
    return new URL(this.raw.url).searchParams.get(name) ?? undefined;
  }
}
