/** Fields of a policy as a command line writes them, such as `max_attempts=5`. */

import { UsageError } from "../../cli/usage_error.ts";
import {
  A_DURATION,
  CHANNEL_FIELDS,
  DURATIONS,
  type Field,
  TOPIC_FIELDS,
  YES_OR_NO,
} from "../../policies/fields.ts";
import { ValueError } from "../../value_error.ts";
import type { Value } from "../session/item.ts";

const SETTING = /^([a-z_]+)=(.*)$/s;
const NEXT_SETTING = /, *(?=[a-z_]+=)/;

/** All fields there are, each with what it takes and does, a line for the field and one for that. */
export const FIELDS_HELP = [
  "Of a topic:",
  ...[...TOPIC_FIELDS].flatMap(fieldLines),
  "Of a channel:",
  ...[...CHANNEL_FIELDS].flatMap(fieldLines),
].join("\n");

function fieldLines(
  [name, { takes, help, unset }]: [string, Pick<Field<unknown>, "takes" | "help" | "unset">],
): string[] {
  const isWord = typeof unset === "string" && takes !== A_DURATION;
  return [`  ${name}=<${takes}>${isWord ? ` (default ${unset})` : ""}`, `      ${help}`];
}

/** All settings; of a list that is given several times all of it. @throws UsageError for another field that is, and for none */
export function settingsOf(texts: readonly string[]): Record<string, Value> {
  if (texts.length === 0) {
    throw new UsageError(
      "--set is missing: say what the policy sets, such as --set=max_attempts=5",
    );
  }
  const set: Record<string, Value> = {};
  for (const [name, value] of texts.map(settingOf)) {
    const before = set[name];
    if (before !== undefined && !(Array.isArray(before) && Array.isArray(value))) {
      throw new UsageError(`--set: ${name} is there twice`);
    }
    set[name] = before === undefined ? value : [...before as Value[], ...value as Value[]];
  }
  return set;
}

/** `max_attempts=5` as name and JSON value. @throws ValueError for what is none, or several */
export function settingOf(setting: string): [name: string, value: Value] {
  const [, name, value] = SETTING.exec(setting) ?? [];
  if (name === undefined || value === undefined) {
    throw new ValueError(`${JSON.stringify(setting)} is no field=value`);
  }
  const several = setting.split(NEXT_SETTING);
  if (several.length > 1) {
    const instead = several.map((each) => `--set=${each}`).join(" ");
    throw new ValueError(`one field for each --set: say ${instead}`);
  }
  return [name, valueOf((TOPIC_FIELDS.get(name) ?? CHANNEL_FIELDS.get(name))?.takes, value)];
}

/** What is no JSON is text, and with commas a list of texts; no quotes are wanted where the field says what it takes. */
function valueOf(takes: string | undefined, text: string): Value {
  const json = jsonIn(text);
  const list = () => text.split(",").map((each) => each.trim());
  if (takes === YES_OR_NO && (text === "yes" || text === "no")) return text === "yes";
  if (takes === DURATIONS) return Array.isArray(json) ? json : list();
  if (takes === A_DURATION) return typeof json === "string" ? json : text;
  return json ?? (text.includes(",") ? list() : text);
}

/** Undefined for what is no JSON. */
function jsonIn(text: string): Value | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
