import { formatDuration } from "../go/duration.ts";
import { INFO } from "../log/level.ts";
import type { Logger } from "../log/logger.ts";
import { requestUri } from "./target.ts";

/** An answered request. */
export interface AnsweredRequest {
  status: number;
  method: string;
  url: string;
  /** "host:port" */
  remoteAddress: string;
  elapsedMs: number;
}

/** Logs `200 GET /ping (127.0.0.1:1234) 12.3µs`. */
export function logRequest(logger: Logger, request: AnsweredRequest): void {
  if (!logger.enabled(INFO)) return;
  const { status, method, url, remoteAddress, elapsedMs } = request;
  logger.info(
    `${status} ${method} ${requestUri(url)} (${remoteAddress}) ${formatDuration(elapsedMs)}`,
  );
}
