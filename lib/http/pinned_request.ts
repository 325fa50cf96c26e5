/** HTTP as `fetch` cannot do it: to an address of one's own choice, or without looking at the server's certificate. */

import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { deferred } from "../deferred.ts";
import { readable } from "../tls/client.ts";

/** What a client shows of itself, in PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** How {@link PinnedRequests} trust and are trusted. */
export interface PinnedSettings {
  /** Trust every https server, whatever its certificate says. Default: false. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** PEM of the authorities that are trusted; left out: the system's. */
  readonly caCerts?: readonly string[] | undefined;
  readonly clientCertificate?: ClientCertificate | undefined;
  /** How many connections to a server are kept while they are not in use. Default: 1. */
  readonly maxIdle?: number | undefined;
}

/** Answers of these have no body. */
const BODILESS = [101, 204, 205, 304];

/** Makes requests, and keeps the connections for the next. Close it after use. */
export class PinnedRequests {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor({ insecureSkipVerify, caCerts, clientCertificate, maxIdle = 1 }: PinnedSettings) {
    const kept = { keepAlive: true, maxFreeSockets: maxIdle };
    this.#http = new HttpAgent(kept);
    this.#https = new HttpsAgent({
      ...kept,
      ...clientCertificate,
      ...caCerts !== undefined && { ca: [...caCerts] },
      rejectUnauthorized: insecureSkipVerify !== true,
    });
  }

  /**
   * As `fetch`. Headers, method and a body of text or bytes are passed on; redirects are not followed.
   *
   * @param address to connect to, whatever the URL's host is: that is who the server must prove to be all the same. undefined: the URL's
   * @throws Error when there is no answer, or the reason of `init.signal`
   */
  send(
    url: URL,
    init: RequestInit & { readonly signal: AbortSignal },
    address: string | undefined,
  ): Promise<Response> {
    const { method = "GET", headers, body, signal } = init;
    signal.throwIfAborted();
    const { promise, resolve, reject } = deferred<Response>();
    const settings = {
      ...address !== undefined && { hostname: address, servername: url.hostname },
      method,
      headers: { host: url.host, ...Object.fromEntries(new Headers(headers)) },
      signal,
    };
    const answered = (answer: IncomingMessage) => resolve(responseOf(answer));
    const sent = url.protocol === "https:"
      ? requestHttps(url, { ...settings, agent: this.#https }, answered)
      : requestHttp(url, { ...settings, agent: this.#http }, answered);
    sent.on("error", (error) => reject(signal.aborted ? signal.reason : readable(error)));
    sent.end(body ?? undefined);
    return promise;
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

function responseOf(answer: IncomingMessage): Response {
  const { statusCode = 0, headers } = answer;
  const isBodiless = BODILESS.includes(statusCode);
  if (isBodiless) answer.resume();
  const body = isBodiless
    ? null
    : Readable.toWeb(answer) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
  const pairs = Object.entries(headers).map((
    [name, value],
  ): [string, string] => [name, `${value}`]);
  return new Response(body, { status: statusCode, headers: pairs });
}
