import type { HttpApi, RequestContext } from "../../http/api.ts";
import { contentLength, readBody } from "../../http/body.ts";
import { HttpError } from "../../http/http_error.ts";
import type { Query } from "../../http/query.ts";
import type { Logger } from "../../log/logger.ts";
import { booleanParameter, topicToCreate } from "./arguments.ts";
import { binaryBatch, linesBatch } from "./batch.ts";
import type { NsqdHost } from "./host.ts";

const INTEGER = /^[+-]?[0-9]+$/;

/** `/pub` and `/mpub`, which do not appear in the log. */
export function addPublishRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("POST", "/pub", (context) => publish(host, context), { logged: false });
  api.route("POST", "/mpub", (context) => publishBatch(host, context), { logged: false });
}

/** Publishes the request's body as one message, size and emptiness checked before the topic. */
async function publish(host: NsqdHost, context: RequestContext): Promise<string> {
  const { maxMsgSizeBytes, maxReqTimeoutMs } = host.options;
  const request = context.req.raw;
  refuseDeclared(request, maxMsgSizeBytes, "MSG_TOO_BIG");
  const body = await readBody(request, maxMsgSizeBytes);
  if (body.length > maxMsgSizeBytes) throw new HttpError(413, "MSG_TOO_BIG");
  if (body.length === 0) throw new HttpError(400, "MSG_EMPTY");
  const { query, topic } = topicToCreate(host, context);
  const delayMs = deferMs(query, maxReqTimeoutMs);
  store(host.logger, () => {
    if (delayMs === 0) topic.publish(body, 0, body.length);
    else topic.publishDeferred(body, 0, body.length, delayMs);
  });
  return "OK";
}

/** Publishes the messages in the request's body, all or none, the topic checked before the body. */
async function publishBatch(host: NsqdHost, context: RequestContext): Promise<string> {
  const { options, logger } = host;
  const request = context.req.raw;
  refuseDeclared(request, options.maxBodySizeBytes, "BODY_TOO_BIG");
  const { query, topic } = topicToCreate(host, context);
  const isBinary = binaryMode(query, logger);
  const body = await readBody(request, options.maxBodySizeBytes);
  if (isBinary && body.length > options.maxBodySizeBytes) throw new HttpError(413, "BODY_TOO_BIG");
  const batch = isBinary ? binaryBatch(body, options) : linesBatch(body, options);
  if (batch.count > 0) {
    store(logger, () => topic.publishBatch(body, batch.spans, batch.count));
  }
  return "OK";
}

/**
 * Refuses a body by its Content-Length, before any of it is read.
 *
 * @throws HttpError 413 with the message given
 */
function refuseDeclared(request: Request, limitBytes: number, message: string): void {
  if ((contentLength(request) ?? 0) > limitBytes) throw new HttpError(413, message);
}

/**
 * The delay asked for, 0 for none.
 *
 * @throws HttpError 400 INVALID_DEFER
 */
function deferMs(query: Query, maxMs: number): number {
  const text = query.get("defer");
  if (text === undefined) return 0;
  const delayMs = INTEGER.test(text) ? Number(text) : NaN;
  if (!(delayMs >= 0 && delayMs <= maxMs)) throw new HttpError(400, "INVALID_DEFER");
  return delayMs;
}

/** Whether the body is in binary form; a value that is no boolean counts as yes. */
function binaryMode(query: Query, logger: Logger): boolean {
  const value = query.get("binary");
  if (value === undefined) return false;
  const known = booleanParameter(query, "binary");
  if (known === undefined) {
    logger.warn(`deprecated value '${value}' used for /mpub binary param`);
  }
  return known ?? true;
}

/**
 * Runs what stores messages.
 *
 * @throws HttpError 503 EXITING when they cannot be stored, whatever the reason: the log says which
 */
function store(logger: Logger, publish: () => void): void {
  try {
    publish();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.error(`failed to publish over HTTP - ${reason}`);
    throw new HttpError(503, "EXITING", { cause: error });
  }
}
