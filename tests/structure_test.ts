/** The shape of the project: what lies where, how big, and who imports whom. */
import { deepStrictEqual as deepEqual, match, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { DENORT_VERSION } from "../scripts/denort.ts";
import { NEWEST_VERSION } from "../scripts/newest_deno.ts";

const ROOT = resolve(import.meta.dirname!, "..");
const LINE_LIMIT = 500;

/**
 * Which folders of lib/ a folder may import from, beside itself and files that lie in lib/ itself.
 * Upper layers first; a folder that is not named here has no place yet.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  nsqd: [
    "access",
    "broker",
    "policies",
    "io_threads",
    "metrics",
    "tls",
    "wire",
    "diskqueue",
    "journal",
    "storage",
    "http",
    "net",
    "process",
    "cli",
    "go",
    "log",
  ],
  io_threads: ["http", "tls", "wire", "net", "log"],
  broker: ["policies", "metrics", "wire", "diskqueue", "journal", "storage", "log"],
  tools: [
    "access",
    "client",
    "cluster",
    "journal",
    "policies",
    "metrics",
    "wire",
    "http",
    "net",
    "process",
    "storage",
    "tls",
    "cli",
    "go",
    "log",
  ],
  client: ["tls", "wire", "http", "net", "cli", "go", "log"],
  cluster: ["wire", "http", "net", "log"],
  access: ["policies", "wire", "http", "process", "log"],
  http: ["tls", "wire", "net", "go", "log"],
  net: ["wire", "log"],
  diskqueue: ["storage", "log"],
  journal: ["storage", "wire", "log"],
  policies: ["storage", "wire", "cli"],
  storage: [],
  tls: ["net", "wire", "log"],
  wire: [],
  metrics: ["http", "process"],
  cli: ["process", "net", "go", "log"],
  process: ["log"],
  go: [],
  log: [],
};

/** Folders of code at the top; others, such as dist/, are made and ignored. */
const SOURCE_FOLDERS = ["admin", "lib", "lookupd", "scripts", "standalone", "tests"];
const DOCUMENT_FOLDERS = ["docs"];
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

Deno.test("nothing has import cycles, tests and scripts neither", () => {
  const files = SOURCE_FOLDERS.flatMap(sourceFiles);
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
  const allowed =
    /^(lookupd\/.+|lib\/((access|cli|go|http|log|metrics|net|process|tls|wire)\/)?[^/]+)$/;
  const wrong = sourceFiles("lookupd").flatMap((file) =>
    importsOf(file).filter((imported) => !allowed.test(imported))
      .map((imported) => `${file} imports ${imported}`)
  );
  deepEqual(wrong, []);
});

Deno.test("admin imports from lib what is no other role's", () => {
  const allowed =
    /^(admin\/.+|lib\/((access|client|cluster|cli|go|http|log|metrics|net|process|tls|wire)\/)?[^/]+)$/;
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

/** What the first column of a README's module table names: `a.ts`, `tls_*.ts`, `streams/`. */
function moduleTable(readme: string): string[] | undefined {
  const table = /^\| module +\|.*\n\|[- |]+\n((?:\|.*\n)+)/m.exec(readme)?.[1];
  return table?.split("\n").flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
  );
}

/** Modules that no entry of the table names, and entries that name no module. */
function tableFaults(folder: string, entries: readonly string[]): string[] {
  const inside = sourceFiles(folder).map((file) => relative(folder, file))
    .filter((file) => !/_test\.tsx?$|(^|\/)testing\//.test(file));
  // A folder inside has a table of its own, or stands in this one, as a whole or file by file.
  const listed = new Set(entries.map(dirname));
  const direct = inside.filter((file) => dirname(file) === "." || listed.has(dirname(file)));
  const fits = (entry: string, file: string) =>
    entry.endsWith("/")
      ? file.startsWith(entry)
      : new RegExp(`^${RegExp.escape(entry).replaceAll("\\*", "[^/]*")}$`).test(file);
  const unnamed = direct.filter((file) => !entries.some((entry) => fits(entry, file)));
  const gone = entries.filter((entry) => !inside.some((file) => fits(entry, file)));
  return [
    ...unnamed.map((file) => `${folder}/README.md does not name ${file}`),
    ...gone.map((entry) => `${folder}/README.md names ${entry}, which is not there`),
  ];
}

Deno.test("module tables name every module of their folder, and nothing else", () => {
  const folders = new Set(SOURCE_FOLDERS.flatMap(sourceFiles).map(dirname));
  const faults: string[] = [];
  let tables = 0;
  for (const folder of folders) {
    const readme = `${ROOT}/${folder}/README.md`;
    if (!existsSync(readme)) continue;
    const entries = moduleTable(Deno.readTextFileSync(readme));
    if (entries === undefined) continue;
    tables++;
    faults.push(...tableFaults(folder, entries));
  }
  deepEqual(faults, []);
  ok(tables >= 10, `only ${tables} module tables were found`);
});

Deno.test("nothing is exported that nobody else uses", () => {
  const uncommented = (file: string) =>
    Deno.readTextFileSync(join(ROOT, file)).replace(/\/\*\*[^]*?\*\//g, "");
  const files = ["main.ts", "subcommands.ts", ...SOURCE_FOLDERS.flatMap(sourceFiles)];
  // How many files a word stands in.
  const users = new Map<string, number>();
  for (const file of files) {
    for (const word of new Set(uncommented(file).match(/\w+/g))) {
      users.set(word, (users.get(word) ?? 0) + 1);
    }
  }
  // Types may stand alone: they are the words of what is exported beside them.
  const exported = /^export (?:abstract |async )?(?:function\*?|class|const|let) (\w+)/gm;
  const unused = files.flatMap((file) =>
    [...uncommented(file).matchAll(exported)].filter((match) => users.get(match[1]!) === 1)
      .map((match) => `${file} exports ${match[1]}`)
  );
  deepEqual(unused, []);
});

Deno.test("the program's lock file holds no package that only tests want", () => {
  const { specifiers } = JSON.parse(Deno.readTextFileSync(join(ROOT, "nsq.lock"))) as {
    specifiers: Record<string, string>;
  };
  const program = [
    "main.ts",
    "subcommands.ts",
    ...["admin", "lib", "lookupd", "standalone"].flatMap(sourceFiles),
  ]
    .filter((file) => !/_test\.tsx?$|\/testing\//.test(file))
    .map((file) => Deno.readTextFileSync(join(ROOT, file))).join("\n");
  const strangers = Object.keys(specifiers).filter((specifier) => {
    const name = /^npm:(.+)@/.exec(specifier)![1]!;
    return !new RegExp(`["']${RegExp.escape(name)}(["'/])`).test(program);
  });
  deepEqual(strangers, []);
});

Deno.test("project keeps its code in known folders, in files that can be read at once", () => {
  const folders = [...Deno.readDirSync(ROOT)].filter((entry) => entry.isDirectory)
    .map((entry) => entry.name);
  const known = [...SOURCE_FOLDERS, ...DOCUMENT_FOLDERS, ...MADE_FOLDERS];
  const unexpected = folders.filter((folder) => !known.includes(folder));
  const tooLong = ["main.ts", "subcommands.ts", ...SOURCE_FOLDERS.flatMap(sourceFiles)].filter((
    file,
  ) => Deno.readTextFileSync(join(ROOT, file)).split("\n").length - 1 > LINE_LIMIT);
  deepEqual({ unexpected, tooLong }, { unexpected: [], tooLong: [] });
});

/**
 * Names that are loose on Deno 2.7 when imported by name, from `node:assert/strict` as well: `equal(1, "1")` passes there. The strict
 * ones may be renamed to these: `strictEqual as equal`.
 */
const LOOSE_ASSERTIONS = ["equal", "deepEqual", "notEqual", "notDeepEqual"];

/** What a file takes by name from `node:assert`, under the names that it has there. */
function assertionsOf(source: string): string[] {
  return [...source.matchAll(/\{([^{}]*)\} from "node:assert(?:\/strict)?"/g)]
    .flatMap(([, names]) => names!.split(",").map((name) => name.trim().split(" ")[0]!));
}

Deno.test("assertionsOf finds names whether or not they are renamed", () => {
  const lines = [
    'import { equal, throws } from "node:assert/strict";',
    'export {\n  deepEqual as same,\n  strictEqual as equal,\n} from "node:assert";',
  ];
  const names = ["equal", "throws", "deepEqual", "strictEqual", ""];
  deepEqual(assertionsOf(lines.join("\n")), names);
});

Deno.test("assertions are strict", () => {
  const loose = ["main_test.ts", ...SOURCE_FOLDERS.flatMap(sourceFiles)]
    .filter((file) => file !== "tests/structure_test.ts").flatMap((file) => {
      const source = Deno.readTextFileSync(join(ROOT, file));
      const asAWhole = /(?:from|import\() ?"node:assert"|\* as \w+ from "node:assert/.test(source);
      const names = assertionsOf(source).filter((name) => LOOSE_ASSERTIONS.includes(name));
      return asAWhole || names.length > 0 ? [`${file} imports ${names.join(", ") || "*"}`] : [];
    });
  deepEqual(loose, []);
});

Deno.test("README, docs and Dockerfile name the versions in use", async () => {
  const read = (name: string) => Deno.readTextFile(join(ROOT, name));
  const dependencies = await read("docs/dependencies.md");
  const { imports } = JSON.parse(await read("import_map.json")) as {
    imports: Record<string, string>;
  };
  const packages = Object.values(imports).filter((target) => target.startsWith("npm:"));
  const used = [...packages, `npm:deno@${DENORT_VERSION}`];
  for (const specifier of used) {
    const [, name, version] = /^npm:\/?(.+)@([^@/]+)\/?$/.exec(specifier)!;
    match(dependencies, new RegExp(`^\\| \`${name}\` \\(npm\\) +\\| ${version} `, "m"));
  }
  match(dependencies, new RegExp(`^\\| \`deno\` \\(PyPI\\) +\\| ${NEWEST_VERSION} `, "m"));
  match(await read("README.md"), new RegExp(`deno@${DENORT_VERSION} task nsqd`));
  match(await read("Dockerfile"), new RegExp(`deno@${DENORT_VERSION}\n`));
});

/** What makes folders for tests, and removes them when nobody uses them any more. */
const FOLDER_MAKERS = ["tests/harness/", "tests/deploy/pods.ts"];

Deno.test("tests have folders that go after the processes which use them", () => {
  const byHand = sourceFiles("tests").filter((file) =>
    file !== "tests/structure_test.ts" && !FOLDER_MAKERS.some((each) => file.startsWith(each))
  ).filter((file) =>
    /makeTempDir|recursive: true \}\);?$/m.test(
      Deno.readTextFileSync(join(ROOT, file)).replace(/.*(?:mkdir|readDir).*/g, ""),
    )
  );
  deepEqual(byHand, []);
});
