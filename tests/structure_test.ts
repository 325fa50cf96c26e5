/** The shape of the project: what lies where, how big, and who imports whom. */
import { deepStrictEqual as deepEqual, match, ok } from "node:assert/strict";
import { dirname, join, relative, resolve } from "node:path";
import { DENORT_VERSION } from "../scripts/denort.ts";

const ROOT = resolve(import.meta.dirname!, "..");
const LINE_LIMIT = 500;

/**
 * Which folders of lib/ a folder may import from, beside itself and files that lie in lib/ itself.
 * Upper layers first; a folder that is not named here has no place yet.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  nsqd: ["broker", "metrics", "wire", "diskqueue", "http", "net", "cli", "log"],
  broker: ["metrics", "wire", "diskqueue", "log"],
  tools: ["client", "cluster", "metrics", "wire", "http", "cli", "log"],
  client: ["wire", "http", "cli", "log"],
  cluster: ["wire", "http", "cli", "log"],
  http: ["cli", "log"],
  net: ["cli", "log"],
  diskqueue: ["log"],
  wire: [],
  metrics: [],
  cli: ["log"],
  log: [],
};

/** Folders of code at the top; others, such as dist/, are made and ignored. */
const SOURCE_FOLDERS = ["admin", "lib", "lookupd", "scripts", "standalone", "tests"];
const MADE_FOLDERS = [".ci", ".git", "coverage", "dist", "node_modules", "nsq-data"];

/** Paths of all TypeScript files under a folder of the project, relative to its root. */
function sourceFiles(folder: string): string[] {
  const files: string[] = [];
  for (const entry of Deno.readDirSync(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "node_modules") files.push(...sourceFiles(path));
    else if (/\.tsx?$/.test(entry.name)) files.push(path);
  }
  return files.sort();
}

/** What a file imports from the project, types and lazy imports too, relative to the root. */
function importsOf(file: string): string[] {
  const withoutDocs = Deno.readTextFileSync(join(ROOT, file)).replace(/^\s*\/\*\*[^]*?\*\//gm, "");
  const specifiers = /\b(?:from|import)\s*\(?\s*"(\.\.?\/[^"]+)"/g;
  return [...withoutDocs.matchAll(specifiers)]
    .map((match) => relative(ROOT, resolve(ROOT, dirname(file), match[1]!)));
}

/** The folder of lib/ that a file belongs to; empty for files in lib/ itself. */
function layerOf(file: string): string {
  return /^lib\/([^/]+)\//.exec(file)?.[1] ?? "";
}

/** The files of an import cycle, first one repeated at the end; undefined when there is none. */
function findCycle(graph: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const imported of graph.get(file) ?? []) {
      const cycle = visit(imported, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

Deno.test("findCycle finds a cycle and only a cycle", () => {
  const diamond: [string, string[]][] = [["a", ["b", "c"]], ["b", ["d"]], ["c", ["d"]], ["d", []]];
  deepEqual(findCycle(new Map(diamond)), undefined);
  deepEqual(findCycle(new Map([...diamond, ["d", ["b"]]])), ["b", "d", "b"]);
});

Deno.test("lib, lookupd and admin have no import cycles", () => {
  const files = ["lib", "lookupd", "admin"].flatMap(sourceFiles);
  ok(files.length > 0);
  deepEqual(findCycle(new Map(files.map((file) => [file, importsOf(file)]))), undefined);
});

Deno.test("lib imports point downwards only", () => {
  const wrong: string[] = [];
  for (const file of sourceFiles("lib").filter((file) => !file.endsWith("_test.ts"))) {
    const layer = layerOf(file);
    for (const imported of importsOf(file)) {
      const target = layerOf(imported);
      const isAllowed = imported.startsWith("lib/") &&
        (target === layer || target === "" || MAY_IMPORT[layer]?.includes(target) === true);
      if (!isAllowed) wrong.push(`${file} imports ${imported}`);
    }
  }
  deepEqual(wrong, []);
});

Deno.test("lookupd imports from lib what is not nsqd's", () => {
  const allowed = /^(lookupd\/.+|lib\/((cli|http|log|metrics|net|wire)\/)?[^/]+)$/;
  const wrong = sourceFiles("lookupd").flatMap((file) =>
    importsOf(file).filter((imported) => !allowed.test(imported))
      .map((imported) => `${file} imports ${imported}`)
  );
  deepEqual(wrong, []);
});

Deno.test("admin imports from lib what is no other role's", () => {
  const allowed = /^(admin\/.+|lib\/((client|cluster|cli|http|log|metrics|wire)\/)?[^/]+)$/;
  const wrong = sourceFiles("admin").flatMap((file) =>
    importsOf(file).filter((imported) => !allowed.test(imported))
      .map((imported) => `${file} imports ${imported}`)
  );
  deepEqual(wrong, []);
});

Deno.test("lib folders are known layers and say what lives in them", () => {
  const folders = [...Deno.readDirSync(join(ROOT, "lib"))].filter((entry) => entry.isDirectory)
    .map((entry) => entry.name);
  const unknown = folders.filter((folder) => !(folder in MAY_IMPORT));
  const hasDoc = (folder: string) =>
    [...Deno.readDirSync(join(ROOT, folder))].some(({ name }) =>
      /^(README\.md|mod\.ts)$/.test(name)
    );
  const undocumented = ["lib", ...folders.map((name) => `lib/${name}`)]
    .filter((folder) => !hasDoc(folder));
  deepEqual({ unknown, undocumented }, { unknown: [], undocumented: [] });
});

Deno.test("project keeps its code in known folders, in files that can be read at once", () => {
  const folders = [...Deno.readDirSync(ROOT)].filter((entry) => entry.isDirectory)
    .map((entry) => entry.name);
  const known = [...SOURCE_FOLDERS, ...MADE_FOLDERS];
  const unexpected = folders.filter((folder) => !known.includes(folder));
  const tooLong = ["main.ts", ...SOURCE_FOLDERS.flatMap(sourceFiles)].filter((file) =>
    Deno.readTextFileSync(join(ROOT, file)).split("\n").length - 1 > LINE_LIMIT
  );
  deepEqual({ unexpected, tooLong }, { unexpected: [], tooLong: [] });
});

Deno.test("README and Dockerfile name the versions in use", async () => {
  const read = (name: string) => Deno.readTextFile(join(ROOT, name));
  const readme = await read("README.md");
  const { imports } = JSON.parse(await read("import_map.json")) as {
    imports: Record<string, string>;
  };
  const used = [...Object.values(imports), `npm:deno@${DENORT_VERSION}`];
  for (const specifier of used) {
    const [, name, version] = /^npm:\/?(.+)@([^@/]+)\/?$/.exec(specifier)!;
    match(readme, new RegExp(`^\\| \`${name}\` \\(npm\\) +\\| ${version} `, "m"));
  }
  match(readme, new RegExp(`deno@${DENORT_VERSION} task nsqd`));
  match(await read("Dockerfile"), new RegExp(`deno@${DENORT_VERSION}\n`));
});
