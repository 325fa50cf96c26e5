import type { HttpApi, RequestContext } from "../../http/api.ts";
import { contentLength, readBody } from "../../http/body.ts";
import { PublishRefused } from "../../broker/waiting_rules.ts";
import { HttpError } from "../../http/http_error.ts";
import type { HttpRequest } from "../../http/request.ts";
import type { Query } from "../../http/query.ts";
import type { Logger } from "../../log/logger.ts";
import { booleanParameter, DRAINING, keyOf, topicToCreate } from "./arguments.ts";
import { binaryBatch, linesBatch } from "./batch.ts";
import type { HttpTopic, NsqdHost } from "./host.ts";

const INTEGER = /^[+-]?[0-9]+$/;

/** `/pub` and `/mpub`, which do not appear in the log, and their names before NSQ 1.0, which appear once. */
export function addPublishRoutes(api: HttpApi, host: NsqdHost): void {
  const add = (path: string, oldPath: string, handle: typeof publish): void => {
    api.route("POST", path, (context) => handle(host, context), { logged: false });
    let isKnown = false;
    api.route("POST", oldPath, (context) => {
      if (!isKnown) host.logger.warn(`${oldPath} is the old name of ${path}, please use that`);
      isKnown = true;
      return handle(host, context);
    }, { logged: false });
  };
  add("/pub", "/put", publish);
  add("/mpub", "/mput", publishBatch);
}

/** Publishes the request's body as one message, size and emptiness checked before the topic. */
async function publish(host: NsqdHost, context: RequestContext): Promise<string> {
  const { maxMsgSizeBytes, maxReqTimeoutMs } = host.options;
  const request = context.req.raw;
  const declared = declaredBytes(request, maxMsgSizeBytes, "MSG_TOO_BIG");
  const body = await readBody(request, maxMsgSizeBytes, declared);
  if (body.length > maxMsgSizeBytes) throw new HttpError(413, "MSG_TOO_BIG");
  if (body.length === 0) throw new HttpError(400, "MSG_EMPTY");
  const { query, topic } = topicToCreate(host, context);
  const delayMs = deferMs(query, maxReqTimeoutMs);
  const key = query.has("key") ? keyOf(context) : null;
  const stored = store(host, topic, () => {
    if (key !== null) topic.publishKeyed(key, body, 0, body.length, delayMs);
    else if (delayMs === 0) topic.publish(body, 0, body.length);
    else topic.publishDeferred(body, 0, body.length, delayMs);
  });
  if (stored !== null) await stored;
  return "OK";
}

/** Publishes the messages in the request's body, all or none, the topic checked before the body. */
async function publishBatch(host: NsqdHost, context: RequestContext): Promise<string> {
  const { options, logger } = host;
  const request = context.req.raw;
  const declared = declaredBytes(request, options.maxBodySizeBytes, "BODY_TOO_BIG");
  const { query, topic } = topicToCreate(host, context);
  if (query.has("key")) throw new HttpError(400, "key: a key is of one message, so use /pub");
  const isBinary = binaryMode(query, logger);
  const body = await readBody(request, options.maxBodySizeBytes, declared);
  if (isBinary && body.length > options.maxBodySizeBytes) throw new HttpError(413, "BODY_TOO_BIG");
  const batch = isBinary ? binaryBatch(body, options) : linesBatch(body, options);
  if (batch.count > 0) {
    const stored = store(host, topic, () => topic.publishBatch(body, batch.spans, batch.count));
    if (stored !== null) await stored;
  }
  return "OK";
}

/**
 * The body's length as the Content-Length has it, undefined without one.
 *
 * @throws HttpError 413 with the message given when it is too long, before any of it is read
 */
function declaredBytes(
  request: HttpRequest,
  limitBytes: number,
  message: string,
): number | undefined {
  const declared = contentLength(request);
  if (declared !== undefined && declared > limitBytes) throw new HttpError(413, message);
  return declared;
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

/** @throws HttpError as of {@link store} when what was promised since the barrier's begin is not kept */
async function kept({ logger, broker: { barrier } }: NsqdHost, topic: HttpTopic): Promise<void> {
  const { required, promise } = barrier;
  await barrier.passed(required);
  if (promise?.error != null) throw failed(logger, topic, promise.error);
}

/** @param error why `topic` took nothing: where it is durable, only its disk and its end can be why */
function failed(logger: Logger, topic: HttpTopic, error: unknown): HttpError {
  const code = topic.journal === null || topic.closed ? "EXITING" : "DISK_ERROR";
  const reason = error instanceof Error ? error.message : String(error);
  logger.error(`failed to publish over HTTP - ${reason}`);
  return new HttpError(503, code, { cause: error });
}

/**
 * Runs what stores messages.
 *
 * @returns null if they are as safe as they have to be, else what resolves when they are
 * @throws HttpError 503 DISK_ERROR when the disk does not take those of a durable topic; 503 EXITING when they cannot be stored otherwise,
 * whatever the reason, as nsqd calls it: the log says which; 503 draining; 503 CHANNEL_FULL
 */
function store(host: NsqdHost, topic: HttpTopic, publish: () => void): Promise<void> | null {
  const { logger, broker } = host;
  // The body may have taken its time.
  if (broker.draining) throw new HttpError(503, DRAINING);
  const { barrier } = broker;
  barrier.begin();
  try {
    publish();
  } catch (error) {
    if (error instanceof PublishRefused) throw new HttpError(503, error.code, { cause: error });
    throw failed(logger, topic, error);
  }
  return barrier.required === 0 ? null : kept(host, topic);
}
