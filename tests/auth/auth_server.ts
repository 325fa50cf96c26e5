/** An auth server that answers as a test says, and keeps what it was asked. */

/** One question, as the server saw it. */
export interface Question {
  method: string;
  path: string;
  /** Query parameters of GET; fields of the JSON body of POST. */
  facts: Record<string, unknown>;
}

/** What a client may do. */
export interface Grant {
  topic: string;
  channels: string[];
  permissions: string[];
}

/** A whole answer that grants these. */
export function granting(...authorizations: Grant[]): Record<string, unknown> {
  return { ttl: 3600, identity: "user", identity_url: "http://who/user", authorizations };
}

/** Everything, for everybody. */
export const EVERYTHING: Grant = {
  topic: ".*",
  channels: [".*"],
  permissions: ["publish", "subscribe"],
};

export class AuthServer {
  readonly questions: Question[] = [];
  /** Set at any time. A Response goes out as it is, all else as JSON. */
  answer: unknown = granting(EVERYTHING);
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#serve(request),
    );
  }

  /** `<host>:<port>` */
  get address(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async #serve(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const facts = request.method === "POST"
      ? await request.json()
      : Object.fromEntries(searchParams);
    this.questions.push({ method: request.method, path: pathname, facts });
    const answer = await this.answer;
    return answer instanceof Response ? answer.clone() : Response.json(answer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}
