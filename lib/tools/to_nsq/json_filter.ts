/** Passes JSON messages that have a field, perhaps with a value, and of those only some fields. */

import { parseGoFloat } from "../../go/literals.ts";
import { ValueError } from "../../value_error.ts";
import { formatGoJson, type JsonObject, type JsonValue, parseJson } from "./go_json.ts";

/** What a {@link JsonFilter} asks of messages. */
export interface JsonFilterRules {
  /** Pass only messages with this field; "" for all. */
  readonly requiredField: string;
  /** Pass only messages whose required field has this value; "" for any. */
  readonly requiredValue: string;
  /** Pass only these fields of a message; none for all. */
  readonly passedFields: readonly string[];
}

/** What to do with a message. */
export type Verdict =
  | { readonly kind: "pass"; readonly body: Uint8Array }
  /** It is not what was asked for. */
  | { readonly kind: "drop" }
  /** It is no JSON object: no later try would change that. */
  | { readonly kind: "invalid" }
  /** It lacks the field that is to be compared. Perhaps the flags are wrong: it is not lost at once. */
  | { readonly kind: "incomparable" };

const DROP: Verdict = { kind: "drop" };

/** Looks into messages. */
export class JsonFilter {
  readonly #rules: JsonFilterRules;
  readonly #requiredNumber: number | undefined;
  readonly #passedFields: readonly string[];
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #encoder = new TextEncoder();

  constructor(rules: JsonFilterRules) {
    this.#rules = rules;
    this.#requiredNumber = numberOf(rules.requiredValue);
    this.#passedFields = [...new Set(rules.passedFields)];
  }

  judge(body: Uint8Array): Verdict {
    const message = parseObject(this.#decoder.decode(body));
    if (message === undefined) return { kind: "invalid" };
    const { requiredField, requiredValue } = this.#rules;
    if (requiredField !== "") {
      const isThere = Object.hasOwn(message, requiredField);
      if (!isThere) return requiredValue === "" ? DROP : { kind: "incomparable" };
      if (requiredValue !== "" && !this.#isRequired(message[requiredField]!)) return DROP;
    }
    if (this.#passedFields.length === 0) return { kind: "pass", body };
    return { kind: "pass", body: this.#encoder.encode(formatGoJson(this.#passedPart(message))) };
  }

  /** A string is compared as text, a number as a number; nothing else is equal to a flag. */
  #isRequired(value: JsonValue): boolean {
    if (typeof value === "string") return value === this.#rules.requiredValue;
    if (typeof value !== "number" && typeof value !== "bigint") return false;
    return Number(value) === this.#requiredNumber;
  }

  #passedPart(message: JsonObject): JsonObject {
    const passed: JsonObject = Object.create(null);
    for (const field of this.#passedFields) {
      if (Object.hasOwn(message, field)) passed[field] = message[field]!;
    }
    return passed;
  }
}

/** An object, or undefined for all else. `null` counts as an object without fields, as in the reference. */
function parseObject(text: string): JsonObject | undefined {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (value === null) return {};
  return typeof value === "object" && !Array.isArray(value) ? value : undefined;
}

/** The number that a flag stands for, if it stands for one. */
function numberOf(text: string): number | undefined {
  try {
    return parseGoFloat(text);
  } catch (error) {
    if (error instanceof ValueError) return undefined;
    throw error;
  }
}
