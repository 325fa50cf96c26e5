import { ErrorCode, FatalClientError } from "../../lib/wire/errors.ts";
import type { PeerInfo } from "../registry/model.ts";

/** The fields of IDENTIFY's body, each with what it is when it is left out. */
const EMPTY = {
  /** Not what the peer says counts, but it must be a text. */
  remote_address: "",
  hostname: "",
  broadcast_address: "",
  tcp_port: 0,
  http_port: 0,
  version: "",
  topology_zone: "",
  topology_region: "",
};

/**
 * Reads the JSON body of IDENTIFY. Keys match whatever their case, unknown ones are ignored, null
 * leaves a field empty: what Go's decoder does with it.
 *
 * @throws FatalClientError E_BAD_BODY when it is no JSON object, a value has the wrong type, or a
 *   field that consumers need is missing
 */
export function parsePeerInfo(body: Uint8Array, remoteAddress: string): PeerInfo {
  const fields: typeof EMPTY = { ...EMPTY, ...readFields(body) };
  const { broadcast_address, tcp_port, http_port, version } = fields;
  if (broadcast_address === "" || tcp_port === 0 || http_port === 0 || version === "") {
    throw badBody("missing fields");
  }
  return { ...fields, remote_address: remoteAddress };
}

function readFields(body: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body), onlyPlainIntegers);
  } catch (error) {
    throw badBody("failed to decode JSON body", error);
  }
  if (json === null) return {};
  if (typeof json !== "object" || Array.isArray(json)) throw badBody("failed to decode JSON body");
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const name = key.toLowerCase();
    if (!Object.hasOwn(EMPTY, name) || value === null) continue;
    const isRight = typeof EMPTY[name as keyof typeof EMPTY] === "number"
      ? Number.isSafeInteger(value)
      : typeof value === "string";
    if (!isRight) throw badBody("failed to decode JSON body");
    fields[name] = value;
  }
  return fields;
}

/** Makes NaN of `1e3` and `4150.0`: what is written like that is no integer for Go's decoder. */
function onlyPlainIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value !== "number" || /^-?\d+$/.test(context?.source ?? "") ? value : NaN;
}

/** The refusal of an IDENTIFY. */
export function badBody(text: string, cause?: unknown): FatalClientError {
  return new FatalClientError(ErrorCode.BadBody, `IDENTIFY ${text}`, { cause });
}
