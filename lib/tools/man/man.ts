import { text } from "../../cli/kind.ts";
import type { SubcommandDescription } from "../../cli/description.ts";
import { nearestWord } from "../../cli/nearest.ts";
import { inGroup } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { type Action, localAction } from "../session/action.ts";
import { overviewPage, type Page, subcommandPage } from "./pages.ts";

/** `nsq man`. @param describeAll the program's subcommands */
export function manAction(describeAll: () => Promise<SubcommandDescription[]>): Action {
  return localAction({
    name: "man",
    words: "[COMMAND]",
    summary:
      "Prints the manual page of nsq, or of one of its commands, for man to show; with --output-dir\n" +
      "writes the pages of all of them into a folder.",
    examples: [
      { title: "read one", lines: ["nsq man topic | man -l -"] },
      { title: "all of them, as files", lines: ["nsq man --output-dir=./man1"] },
    ],
    table: {
      outputDir: inGroup("General")(
        "output-dir",
        text({ valueName: "path" }),
        "",
        "folder to write all pages to, made if there is none",
      ),
    },
    async run(_user, { outputDir }, [name]) {
      const all = await describeAll();
      const pages = [overviewPage(all), ...all.map(subcommandPage)];
      if (outputDir !== "") return written(outputDir, pages);
      const page = pages[name === undefined ? 0 : 1 + indexOf(all, name)]!;
      return {
        items: [{ page: page.name, text: page.text }],
        columns: [],
        name: () => page.name,
        lines: [page.text],
        errors: [],
      };
    },
  });
}

function indexOf(all: readonly SubcommandDescription[], name: string): number {
  const found = all.findIndex(({ names }) => names.includes(name));
  if (found >= 0) return found;
  const meant = nearestWord(name, all.flatMap(({ names }) => names));
  throw new UsageError(
    `there is no command ${JSON.stringify(name)}, ${
      meant === undefined ? "see nsq --help" : `did you mean ${meant}?`
    }`,
  );
}

function written(folder: string, pages: readonly Page[]) {
  Deno.mkdirSync(folder, { recursive: true });
  for (const { name, text } of pages) Deno.writeTextFileSync(`${folder}/${name}.1`, `${text}\n`);
  return {
    items: pages.map(({ name }) => ({ page: name, path: `${folder}/${name}.1` })),
    columns: [],
    name: ({ path }: { readonly [field: string]: unknown }) => String(path),
    lines: [`wrote ${pages.length} pages to ${folder}`],
    errors: [],
  };
}
