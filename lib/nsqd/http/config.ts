import type { HttpApi, RequestContext } from "../../http/api.ts";
import { readBody } from "../../http/body.ts";
import { HttpError } from "../../http/http_error.ts";
import type { Answer } from "../../http/respond.ts";
import { type LogLevel, parseLogLevel } from "../../log/level.ts";
import { configValue } from "../options.ts";
import type { ConfigChange, NsqdHost } from "./host.ts";

const decoder = new TextDecoder();

/** `/config/:opt`: reads any option, changes those that can change in a running process. */
export function addConfigRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("GET", "/config/:opt", (context) => read(host, optionName(context)));

  api.route("PUT", "/config/:opt", async (context) => {
    const name = optionName(context);
    const { maxMsgSizeBytes } = host.options;
    const body = await readBody(context.req.raw, maxMsgSizeBytes);
    if (body.length === 0 || body.length > maxMsgSizeBytes) {
      throw new HttpError(413, "INVALID_VALUE");
    }
    host.configure(...parseChange(name, decoder.decode(body)));
    return read(host, name);
  });
}

function optionName(context: RequestContext): string {
  return context.req.param("opt") ?? "";
}

/** @throws HttpError 400 INVALID_OPTION */
function read(host: NsqdHost, name: string): Answer {
  const value = configValue(host.options, name);
  if (value === undefined) throw new HttpError(400, "INVALID_OPTION");
  return value as Answer;
}

/** @throws HttpError 400 INVALID_OPTION or INVALID_VALUE */
function parseChange(name: string, text: string): ConfigChange {
  switch (name) {
    case "log_level":
      return [name, parseLevel(text)];
    case "nsqlookupd_tcp_addresses":
      return [name, parseAddresses(text)];
    default:
      throw new HttpError(400, "INVALID_OPTION");
  }
}

/** @throws HttpError 400 INVALID_VALUE unless it is a level's name, in any case */
function parseLevel(text: string): LogLevel {
  const level = parseLogLevel(text);
  if (level === undefined) throw new HttpError(400, "INVALID_VALUE");
  return level;
}

/** @throws HttpError 400 INVALID_VALUE unless it is JSON: a list of strings, or null for none */
function parseAddresses(text: string): string[] {
  const value = parseJson(text) ?? [];
  if (!Array.isArray(value)) throw new HttpError(400, "INVALID_VALUE");
  return value.map((address) => {
    if (typeof address !== "string") throw new HttpError(400, "INVALID_VALUE");
    return address;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, "INVALID_VALUE", { cause: error });
  }
}
