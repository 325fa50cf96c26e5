/** What is said of keys in a configuration file that no option has, and when that refuses the start. */

import { nearestWord } from "./nearest.ts";
import { configKeys, type OptionTable, tableRows } from "./option_table.ts";
import type { ConfigFile } from "./resolve_options.ts";
import { UsageError } from "./usage_error.ts";

/** An operator who writes one believes that the daemon is protected: it must not run without. */
const PROTECTING = /^(auth|tls|http_client_tls)/;

/** As {@link PROTECTING}, where the daemon has an option that was nearly named. */
const RESTRICTING = /^(acl_http_header|admin_user|allow_config|allow_host|allowed_host)/;

/**
 * Looks for keys that no option has, also in sections, as options stand in none.
 *
 * @returns a line of warning for each
 * @throws UsageError for a key that protects the daemon, or seems to be meant for one that does
 */
export function checkUnknownKeys<T>(table: OptionTable<T>, file: ConfigFile): string[] {
  const known = new Set(tableRows(table).flatMap(([, spec]) => configKeys(spec)));
  return [...file.values].filter(([key]) => !known.has(key)).map(([key, value]) => {
    const section = sectionKeys(value);
    for (const each of [key, ...section ?? []]) {
      if (!protects(each, known)) continue;
      const says = key !== each || section === undefined
        ? keyRefusal(key, each, known)
        : sectionRefusal(key, section, known);
      throw new UsageError(
        `${file.path}: ${says}, as it would run without what that key is to protect`,
      );
    }
    const named = JSON.stringify(key);
    return section === undefined
      ? `${file.path}: unknown key ${named} is ignored${suggestion(key, known)}`
      : `${file.path}: section [${named}] is ignored, options stand above all sections`;
  });
}

function protects(key: string, known: ReadonlySet<string>): boolean {
  const plain = plainKey(key);
  const meant = known.has(plain) ? plain : nearestWord(plain, known) ?? "";
  return PROTECTING.test(plain) || PROTECTING.test(meant) || RESTRICTING.test(meant);
}

function keyRefusal(top: string, key: string, known: ReadonlySet<string>): string {
  const named = JSON.stringify(key);
  if (top !== key) {
    return `${named} stands in section [${JSON.stringify(top)}], where no option is looked for; ` +
      "move it above all sections; not started";
  }
  const hint = suggestion(key, known);
  return `unknown key ${named}${hint === "" ? ", remove it; not started" : `${hint} Not started`}`;
}

/** `[tls]` with `cert`, as other programs have it, means `tls_cert`. */
function sectionRefusal(
  name: string,
  keys: readonly string[],
  known: ReadonlySet<string>,
): string {
  const meant = keys.map((key) => plainKey(`${name}_${key}`)).filter((key) => known.has(key));
  const example = meant.length === 0 ? "" : `, such as ${meant.join(", ")}`;
  return `section [${JSON.stringify(name)}] is not looked at, ` +
    `options stand above all sections${example}; not started`;
}

function suggestion(key: string, known: ReadonlySet<string>): string {
  const plain = plainKey(key);
  const meant = known.has(plain) ? plain : nearestWord(plain, known);
  return meant === undefined ? "" : `, did you mean ${meant}?`;
}

/** As keys are written: some write them as the flags. */
function plainKey(key: string): string {
  return key.replace(/^-+/, "").replaceAll("-", "_").toLowerCase();
}

/** Keys of a TOML table, and of those inside; undefined for any other value. */
function sectionKeys(value: unknown): string[] | undefined {
  if (Array.isArray(value)) {
    const sections = value.map(sectionKeys).filter((keys) => keys !== undefined);
    return sections.length === 0 ? undefined : sections.flat();
  }
  if (typeof value !== "object" || value === null || value instanceof Date) return undefined;
  return Object.entries(value).flatMap(([key, inner]) => [key, ...sectionKeys(inner) ?? []]);
}
