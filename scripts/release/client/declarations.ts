import { dirname, join, normalize, relative } from "node:path";
import ts from "typescript";

/**
 * What is written of a type is all that its declaration may need, as JSR wants it, too. So the compiler need not know the runtimes' types,
 * and does not: what it would find missing of them is for `deno check` to say.
 */
const COMPILER_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  declaration: true,
  emitDeclarationOnly: true,
  isolatedDeclarations: true,
  strict: true,
};

/** `from "./a.ts"`, `import("./a.ts")`, `import "./a.ts"`. */
const IMPORTED = /(\b(?:from|import)\s*\(?\s*")(\.\.?\/[^"]+)\.ts"/g;

/** For projects whose settings do not name what is newer than their target. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';

/**
 * The declarations of a module and of all that they mention.
 * @param entry relative to `root`, as the keys of what is returned, which end with `.d.ts`
 * @throws Error where a type is left to be found out
 */
export function declarationsOf(root: string, entry: string): Map<string, string> {
  const all = emitted(root, entry);
  const reached = new Map<string, string>();
  const waiting = [entry];
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    const name = source.replace(/\.ts$/, ".d.ts");
    if (reached.has(name)) continue;
    const text = all.get(name);
    if (text === undefined) throw new Error(`${source}: there is no declaration of it`);
    for (const [, , path] of text.matchAll(IMPORTED)) {
      waiting.push(normalize(join(dirname(source), `${path}.ts`)));
    }
    const types = text.replaceAll(IMPORTED, '$1$2.js"');
    reached.set(name, types.includes("Symbol.asyncDispose") ? DISPOSABLE + types : types);
  }
  return reached;
}

/** The declarations of a module and of all that it imports. */
function emitted(root: string, entry: string): Map<string, string> {
  const program = ts.createProgram([join(root, entry)], COMPILER_OPTIONS);
  const declarations = new Map<string, string>();
  const { diagnostics } = program.emit(
    undefined,
    (path, text) => void declarations.set(relative(root, path), text),
    undefined,
    true,
  );
  for (const { file, messageText } of diagnostics) {
    const why = ts.flattenDiagnosticMessageText(messageText, "\n");
    throw new Error(`${file?.fileName ?? entry}: ${why}`);
  }
  return declarations;
}
