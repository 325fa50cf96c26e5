/** HTTPS without looking at the server's certificate, which `fetch` cannot do. */

import { Buffer } from "node:buffer";
import { request } from "node:https";

/** What a client shows of itself, in PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * As `fetch` for an https URL, but trusts every server. Headers, method and a body of text or bytes
 * are passed on; redirects are not followed.
 *
 * @throws Error when there is no answer, or the reason of `init.signal`
 */
export function fetchUnverified(
  url: string,
  init: RequestInit & { signal: AbortSignal },
  clientCertificate: ClientCertificate | undefined,
): Promise<Response> {
  const { method = "GET", headers, body, signal } = init;
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  signal.throwIfAborted();
  const sent = request(url, {
    ...clientCertificate,
    method,
    headers: Object.fromEntries(new Headers(headers)),
    rejectUnauthorized: false,
    agent: false,
  }, (answer) => {
    const chunks: Uint8Array[] = [];
    answer.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    answer.on("error", reject);
    answer.on(
      "end",
      () => resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0 })),
    );
  });
  const abort = () => sent.destroy(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  sent.on("error", reject);
  sent.end(body ?? undefined);
  return promise.finally(() => signal.removeEventListener("abort", abort));
}
