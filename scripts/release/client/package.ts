/** Makes packages of the client library: a tarball for npm, and a folder that `deno publish` takes. */

import { dirname, join } from "node:path";
import esbuild from "esbuild";
import { run } from "../run.ts";
import { declarationsOf } from "./declarations.ts";
import { licencesOf } from "./licences.ts";
import { denoJson, LICENCES_FOLDER, packageJson, SCRIPT, TYPES_FOLDER } from "./manifests.ts";
import { CLIENT_ENTRY, clientSources } from "./sources.ts";

/** What packages are made of. */
export interface ClientParts {
  readonly version: string;
  /** Where they go to. */
  readonly folder: string;
  /** Of the project. */
  readonly root: string;
}

/** What says how the library is used, in both packages. */
const README = join("docs", "client.md");

/** The oldest that npm's package is made for. */
const TARGET = "node20";

/** npm's tarball: one script with all it needs, and declarations. @returns its name */
export async function makeNpmPackage({ version, folder, root }: ClientParts): Promise<string> {
  const name = `nsq-ts-client-${version}.tgz`;
  const laidOut = await Deno.makeTempDir({ prefix: "nsq-client-" });
  try {
    const tree = join(laidOut, "package"); // as npm has it
    await write(join(tree, "package.json"), json(packageJson(version)));
    await write(join(tree, SCRIPT), await bundled(root));
    for (const [path, text] of declarationsOf(root, CLIENT_ENTRY)) {
      await write(join(tree, TYPES_FOLDER, path), text);
    }
    const inside = Object.values(await importsOf(root, await clientSources(root)));
    for (const [packed, licence] of await licencesOf(inside)) {
      await write(join(tree, LICENCES_FOLDER, packed), licence);
    }
    await copyDocuments(root, tree);
    const owner = ["--owner=0", "--group=0", "--sort=name"];
    await run("tar", [...owner, "-czf", join(folder, name), "package"], laidOut);
  } finally {
    await Deno.remove(laidOut, { recursive: true });
  }
  return name;
}

/** A folder with the sources, from which `deno publish` is called. @returns its name */
export async function makeJsrFolder({ version, folder, root }: ClientParts): Promise<string> {
  const name = "client-jsr";
  const tree = join(folder, name);
  await Deno.remove(tree, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const sources = await clientSources(root);
  for (const path of sources) {
    await write(join(tree, path), await Deno.readTextFile(join(root, path)));
  }
  const { compilerOptions: { jsx: _jsx, jsxImportSource: _source, ...compilerOptions } } = JSON
    .parse(await Deno.readTextFile(join(root, "deno.json")));
  const settings = { imports: await importsOf(root, sources), compilerOptions };
  await write(join(tree, "deno.json"), json(denoJson(version, settings)));
  await copyDocuments(root, tree);
  return name;
}

/** The library as one script, the packages it uses inside. */
async function bundled(root: string): Promise<string> {
  const script = await Deno.makeTempFile({ prefix: "nsq-client-", suffix: ".js" });
  try {
    const args = ["bundle", "--quiet", "--lock=deno.lock", "--frozen", "--output", script];
    await run(Deno.execPath(), [...args, CLIENT_ENTRY], root);
    const { code } = await esbuild.transform(await Deno.readTextFile(script), {
      target: TARGET,
      format: "esm",
      charset: "utf8",
    });
    return code;
  } finally {
    await Deno.remove(script);
    await esbuild.stop();
  }
}

/** The packages of the import map that stand in the sources. */
async function importsOf(
  root: string,
  sources: readonly string[],
): Promise<Record<string, string>> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(root, "import_map.json"))) as {
    imports: Record<string, string>;
  };
  const texts = await Promise.all(sources.map((path) => Deno.readTextFile(join(root, path))));
  const used = Object.entries(imports).filter(([name, target]) =>
    target.startsWith("npm:") && texts.some((text) => text.includes(`from "${name}"`))
  );
  return Object.fromEntries(used);
}

async function copyDocuments(root: string, tree: string): Promise<void> {
  await Deno.copyFile(join(root, README), join(tree, "README.md"));
  await Deno.copyFile(join(root, "LICENSE"), join(tree, "LICENSE"));
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}
