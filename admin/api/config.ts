import type { RequestContext } from "../../lib/http/api.ts";
import { readBody } from "../../lib/http/body.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { Answer } from "../../lib/http/respond.ts";
import type { HttpRequest } from "../../lib/http/request.ts";
import { parseHostPort } from "../../lib/net/host_port.ts";
import { ValueError } from "../../lib/value_error.ts";
import { parseLogLevel } from "../../lib/log/level.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import { checkAddress } from "../option_table.ts";
import { configValue } from "../options.ts";
import { contains, parseCidr } from "../security/cidr.ts";
import { MAX_BODY_BYTES } from "./answers.ts";

/** `/config/:opt`: reads any option, changes those that can change in a running process. */
export function addConfigRoutes(api: AdminApi, host: AdminHost): void {
  api.route("GET", "/config/:opt", (context) => {
    refuseStrangers(host, context.env.remoteAddress);
    return read(host, optionName(context));
  });
  api.route("PUT", "/config/:opt", async (context) => {
    refuseStrangers(host, context.env.remoteAddress);
    refuseOtherUsers(host, context.req.raw);
    const name = optionName(context);
    const body = await readBody(context.req.raw, MAX_BODY_BYTES);
    if (body.length === 0 || body.length > MAX_BODY_BYTES) {
      throw new HttpError(413, "INVALID_VALUE");
    }
    host.configure(parseChange(name, new TextDecoder().decode(body)));
    return read(host, name);
  });
}

/** @throws HttpError 403 FORBIDDEN from outside of `--allow-config-from-cidr` */
function refuseStrangers(host: AdminHost, remoteAddress: string): void {
  const cidr = parseCidr(host.options.allowConfigFromCidr);
  if (cidr === undefined) return;
  const isInside = contains(cidr, parseHostPort(remoteAddress)?.hostname ?? "");
  if (isInside === undefined) throw new HttpError(400, "INVALID_REMOTE_ADDR");
  if (!isInside) throw new HttpError(403, "FORBIDDEN");
}

/**
 * A proxy on this machine makes everybody look near: whoever it names has to be an admin. Scripts,
 * which come without a name, go by their address alone, as in the reference.
 *
 * @throws HttpError 403 FORBIDDEN
 */
function refuseOtherUsers(host: AdminHost, request: HttpRequest): void {
  const isNamed = request.headers.has(host.options.aclHttpHeader);
  if (isNamed && !host.isAdmin(request)) throw new HttpError(403, "FORBIDDEN");
}

function optionName(context: RequestContext): string {
  return context.req.param("opt") ?? "";
}

/** @throws HttpError 400 INVALID_OPTION */
function read(host: AdminHost, name: string): Answer {
  const value = configValue(host.options, name);
  if (value === undefined) throw new HttpError(400, "INVALID_OPTION");
  return value as Answer;
}

/** @throws HttpError 400 INVALID_OPTION or INVALID_VALUE */
function parseChange(name: string, text: string): Parameters<AdminHost["configure"]>[0] {
  switch (name) {
    case "log_level": {
      const logLevel = parseLogLevel(text);
      if (logLevel === undefined) throw new HttpError(400, "INVALID_VALUE");
      return { logLevel };
    }
    case "nsqlookupd_http_addresses":
      return { nsqlookupdHttpAddresses: parseAddresses(text) };
    default:
      throw new HttpError(400, "INVALID_OPTION");
  }
}

/** @throws HttpError 400 INVALID_VALUE unless it is a JSON list of addresses, or null for none */
function parseAddresses(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text) ?? [];
    if (!Array.isArray(value)) throw new ValueError("no list");
    return value.map((address) => {
      if (typeof address !== "string") throw new ValueError("no text");
      checkAddress(address);
      return address;
    });
  } catch (error) {
    if (!(error instanceof ValueError || error instanceof SyntaxError)) throw error;
    throw new HttpError(400, "INVALID_VALUE", { cause: error });
  }
}
