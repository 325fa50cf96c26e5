/** `deno task configuration`: writes the tables of docs/configuration.md anew, from those that flags, files and help come from. */
import { join, resolve } from "node:path";
import { ADMIN_OPTION_TABLE } from "../admin/option_table.ts";
import { ANY_HOST } from "../lib/cli/description.ts";
import {
  configKeys,
  type OptionSpec,
  type OptionTable,
  tableRows,
} from "../lib/cli/option_table.ts";
import { nsqdOptionTable } from "../lib/nsqd/options/table.ts";
import { lookupdOptionTable } from "../lookupd/option_table.ts";

const PAGE = join(resolve(import.meta.dirname!, ".."), "docs", "configuration.md");

/** All below it is made. */
const MARK = "<!-- Below this line: `deno task configuration`. -->\n";

/** The page as it should be, its part by hand as it is. */
export function configurationPage(page: string): string {
  const end = page.indexOf(MARK);
  if (end < 0) throw new Error(`docs/configuration.md lacks the line ${MARK}`);
  const roles = [
    role("nsq nsqd", nsqdOptionTable(ANY_HOST)),
    role("nsq lookupd", lookupdOptionTable(ANY_HOST)),
    role("nsq admin", ADMIN_OPTION_TABLE),
  ];
  return `${page.slice(0, end)}${MARK}\n${roles.join("\n")}`;
}

function role<T>(command: string, table: OptionTable<T>): string {
  const groups = Map.groupBy(tableRows(table).map(([, spec]) => spec), ({ group }) => group);
  const parts = [...groups].map(([group, specs]) => `### ${group}\n\n${specs.map(entry).join("")}`);
  return `## \`${command}\`\n\n${parts.join("\n")}`;
}

/** `--flag <kind>` (default …): help. Key in the file where it is another. */
function entry(spec: OptionSpec<unknown>): string {
  const { flag, kind, defaultValue, help } = spec;
  const term = kind.isBoolean ? `--${flag}` : `--${flag} <${kind.valueName}>`;
  const shown = kind.format(defaultValue);
  const preset = shown === "" ? "" : `, default \`${shown}\``;
  const [key = "", ...flagKey] = configKeys(spec);
  const inFile = flagKey.length === 0 ? "" : `, in a file also \`${key}\``;
  return `- \`${term}\`${preset}${inFile}: ${escaped(help)}\n`;
}

/** What would be markup stands in text as it is. */
function escaped(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_<>[\]]/g, "\\$&");
}

if (import.meta.main) {
  await Deno.writeTextFile(PAGE, configurationPage(await Deno.readTextFile(PAGE)));
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE] })
    .output();
  if (!success) Deno.exit(1);
}
