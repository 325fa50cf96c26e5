import { parseDuration } from "../../go/duration.ts";
import { parseDecimalInteger, parseGoBool, parseGoFloat } from "../../go/literals.ts";
import { ValueError } from "../../value_error.ts";
import { checkMatch, readAuthorities, readCertificate, readKey } from "../../tls/key_pair.ts";
import { checkRange, DEFLATE_LEVEL, type Field, FIELDS } from "./fields.ts";
import type { ConnectionOptions, ConsumerOptions, TlsOptions } from "./options.ts";

/** What {@link applyConfigOption} fills: options of consumers and producers. */
export type ConfigurableOptions = Partial<ConsumerOptions> & ConnectionOptions;

/** Options that are more than one plain value, by go-nsq's names. */
const SPECIAL: Record<string, (options: ConfigurableOptions, value: string) => void> = {
  deflate_level: (options, value) => {
    options.deflateLevel = numberIn(DEFLATE_LEVEL, value);
    options.deflate ??= false;
  },
  deflate: (options, value) => {
    options.deflate = parseGoBool(value);
    if (options.deflate) options.deflateLevel ??= Number(DEFLATE_LEVEL.preset);
  },
  backoff_strategy: (options, value) => {
    if (value !== "" && value !== "exponential" && value !== "full_jitter") {
      throw new ValueError(`${JSON.stringify(value)} is none of exponential, full_jitter`);
    }
    options.backoffStrategy = value === "" ? "exponential" : value;
  },
  tls_v1: (options, value) => tlsOf(options).enabled = parseGoBool(value),
  tls_root_ca_file: (options, value) =>
    tlsOf(options).caCerts = fromFile(() => readAuthorities(value)),
  tls_cert: (options, value) => setTls(options, { cert: fromFile(() => readCertificate(value)) }),
  tls_key: (options, value) => setTls(options, { key: fromFile(() => readKey(value)) }),
  tls_insecure_skip_verify: (options, value) =>
    tlsOf(options).insecureSkipVerify = parseGoBool(value),
  tls_min_version: (options, value) => tlsOf(options).minVersion = minVersionOf(value),
  tls_config: () => {
    throw new ValueError("cannot be given as text: use the options tls_*");
  },
  local_addr: () => {
    throw new ValueError("the local address cannot be chosen on this runtime");
  },
};

/**
 * Applies an option of go-nsq, `name,value` or `name` alone for true, as in `--consumer-opt=max_in_flight,200`. Reads the files that
 * `tls_*` name.
 * @throws ValueError naming the option
 */
export function applyConfigOption(options: ConfigurableOptions, text: string): void {
  const comma = text.indexOf(",");
  const name = (comma < 0 ? text : text.slice(0, comma)).replaceAll("-", "_");
  const value = comma < 0 ? "true" : text.slice(comma + 1);
  const special = Object.hasOwn(SPECIAL, name) ? SPECIAL[name] : undefined;
  const field = FIELDS.find(({ option }) => option === name);
  if (special === undefined && field === undefined) {
    throw new ValueError(`invalid option ${JSON.stringify(name)}`);
  }
  try {
    if (special !== undefined) special(options, value);
    else setField(options, field!, value);
  } catch (error) {
    if (!(error instanceof ValueError) || error.message.startsWith("invalid " + name)) throw error;
    throw new ValueError(`invalid ${name} - ${error.message}`, { cause: error });
  }
}

function setField(options: ConfigurableOptions, field: Field, value: string): void {
  const parsed = field.kind === "string"
    ? value
    : field.kind === "boolean"
    ? parseGoBool(value)
    : numberIn(field, value);
  Object.assign(options, { [field.key]: parsed });
}

function numberIn(field: Field, text: string): number {
  const value = field.kind === "duration"
    ? parseDuration(text)
    : field.kind === "integer"
    ? parseDecimalInteger(text)
    : parseGoFloat(text);
  checkRange(field, value);
  return value;
}

/** TLS stays off until `tls_v1` says otherwise. */
function tlsOf(options: ConfigurableOptions): TlsOptions {
  return options.tls ??= { enabled: false };
}

function minVersionOf(text: string): "1.2" | "1.3" {
  switch (text) {
    case "ssl3.0":
    case "tls1.0":
    case "tls1.1":
    case "tls1.2":
      return "1.2"; // nothing older is spoken here
    case "tls1.3":
      return "1.3";
  }
  throw new ValueError(`${JSON.stringify(text)} is not a tls version`);
}

/** What `read` gives. @throws ValueError with its words */
function fromFile<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ValueError((error as Error).message, { cause: error });
  }
}

/** Certificate and key come one by one: with the second it shows whether they belong together. */
function setTls(options: ConfigurableOptions, part: Pick<TlsOptions, "cert" | "key">): void {
  const { cert, key } = Object.assign(tlsOf(options), part);
  if (cert !== undefined && key !== undefined) fromFile(() => checkMatch({ cert, key }));
}
