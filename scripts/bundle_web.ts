/**
 * `deno task web`: makes the console's files in `dist/web/` from `admin/web/`. Its script and style
 * have to stay small: somebody may be waiting for them on a phone while something is on fire.
 */
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");
const SOURCES = join(ROOT, "admin", "web");

/** Where the files lie; `scripts/compile.ts` puts them into the executable. */
export const WEB_FOLDER = join(ROOT, "dist", "web");

/** Script and style together, compressed. */
const SIZE_LIMIT_BYTES = 120_000;

/** Makes the files; says how big they are. @throws Error when they are too big, or do not bundle */
export async function bundleWeb(): Promise<string> {
  await Deno.mkdir(WEB_FOLDER, { recursive: true });
  using lock = await Deno.open(join(ROOT, "dist", ".web.lock"), { create: true, write: true });
  await lock.lock(true); // another process, or another test of this one, may be making them
  // One after the other: two bundlers that find an empty cache trip over each other's files.
  await bundle(join(SOURCES, "app", "main.tsx"), "console.js");
  await bundle(join(SOURCES, "style.css"), "console.css");
  await Deno.copyFile(join(SOURCES, "icon.svg"), join(WEB_FOLDER, "icon.svg"));
  const script = await compressedSize("console.js"), style = await compressedSize("console.css");
  const text = `dist/web: script ${kilobytes(script)}, style ${kilobytes(style)}, compressed`;
  if (script + style > SIZE_LIMIT_BYTES) throw new Error(`${text}: over ${SIZE_LIMIT_BYTES} bytes`);
  return text;
}

async function bundle(source: string, name: string): Promise<void> {
  const unfinished = join(ROOT, "dist", `.${name}`);
  const args = ["bundle", "--quiet", "--platform=browser", "--minify"];
  args.push("--lock=nsq.lock", "--frozen", "--output", unfinished, source);
  const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdin: "null" });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(`${source}: ${new TextDecoder().decode(stderr)}`);
  await Deno.rename(unfinished, join(WEB_FOLDER, name)); // a console that serves it has one or the other
}

async function compressedSize(name: string): Promise<number> {
  const bytes = await Deno.readFile(join(WEB_FOLDER, name));
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed).bytes()).length;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}

if (import.meta.main) {
  try {
    console.error(await bundleWeb());
  } catch (error) {
    console.error(`web: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
