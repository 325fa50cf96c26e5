import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { createLogger } from "../../log/logger.ts";
import { RotatingFile, type RotatingFileSettings } from "./rotating_file.ts";

const QUIET = createLogger({ level: 5, prefix: "", format: "text" });

/** A file in directories of its own, at a time that the test sets. */
class Fixture {
  readonly directory = Deno.makeTempDirSync({ prefix: "rotating-file-test-" });
  nowMs = new Date(2026, 0, 1, 12, 0, 0).getTime();

  file(settings: Partial<RotatingFileSettings> = {}): RotatingFile {
    return new RotatingFile(
      {
        outputDir: this.directory,
        workDir: this.directory,
        filenameTemplate: "t<REV>.<DATETIME>",
        datetimeFormat: "%H",
        gzipLevel: 0,
        rotateSizeBytes: 0,
        rotateIntervalMs: 0,
        ...settings,
      },
      QUIET,
      () => this.nowMs,
    );
  }

  /** Contents of all files, by path. */
  contents(folder = ""): Record<string, string> {
    const found: Record<string, string> = {};
    const names = [...Deno.readDirSync(this.directory + folder)].sort((a, b) =>
      a.name < b.name ? -1 : 1
    );
    for (const { name, isDirectory } of names) {
      const path = `${folder}/${name}`;
      if (isDirectory) Object.assign(found, this.contents(path));
      else found[path.slice(1)] = this.#read(path);
    }
    return found;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }

  #read(path: string): string {
    const bytes = Deno.readFileSync(this.directory + path);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return new TextDecoder().decode(isGzip ? gunzipSync(bytes) : bytes);
  }
}

/** Appends as the archive does. */
async function put(file: RotatingFile, ...bodies: string[]): Promise<void> {
  for (const body of bodies) {
    if (file.needsRotation()) await file.rotate();
    file.append(new TextEncoder().encode(body));
  }
}

Deno.test("RotatingFile begins a file when its name changes with the time", async () => {
  using fixture = new Fixture();
  const file = fixture.file({ filenameTemplate: "<DATETIME>/t" });
  await put(file, "a", "b");
  fixture.nowMs += 3_600_000;
  await put(file, "c");
  await file.close();
  deepEqual(fixture.contents(), { "12/t": "a\nb\n", "13/t": "c\n" });
});

Deno.test("RotatingFile begins a file when one is bigger than it may be", async () => {
  using fixture = new Fixture();
  const file = fixture.file({ rotateSizeBytes: 3, gzipLevel: 1, filenameTemplate: "t<REV>" });
  await put(file, "a", "b", "c", "d", "e");
  await file.close();
  deepEqual(fixture.contents(), { "t-000000": "a\nb\n", "t-000001": "c\nd\n", "t-000002": "e\n" });
});

Deno.test("RotatingFile begins a file when one is older than it may be", async () => {
  using fixture = new Fixture();
  const file = fixture.file({ rotateIntervalMs: 1000 });
  await put(file, "a");
  fixture.nowMs += 1000;
  equal(file.needsRotation(), false);
  fixture.nowMs += 1;
  await put(file, "b");
  await file.close();
  deepEqual(fixture.contents(), { "t-000000.12": "a\n", "t-000001.12": "b\n" });
});

Deno.test("RotatingFile continues a plain file unless it is full", async () => {
  using fixture = new Fixture();
  for (const body of ["a", "b", "c", "d"]) {
    const file = fixture.file({ rotateSizeBytes: 3 });
    await put(file, body);
    await file.close();
  }
  deepEqual(fixture.contents(), { "t-000000.12": "a\nb\n", "t-000001.12": "c\nd\n" });
});

Deno.test("RotatingFile never writes to a gzip file that was there", async () => {
  using fixture = new Fixture();
  for (const body of ["a", "b"]) {
    const file = fixture.file({ gzipLevel: 6 });
    await put(file, body);
    await file.close();
    await put(file, body + body);
    await file.close();
  }
  deepEqual(Object.values(fixture.contents()), ["a\n", "aa\n", "b\n", "bb\n"]);
});

Deno.test("RotatingFile moves finished files and overwrites none", async () => {
  using fixture = new Fixture();
  const [workDir, outputDir] = [`${fixture.directory}/work`, `${fixture.directory}/out`];
  const file = fixture.file({ workDir, outputDir, filenameTemplate: "x/t<REV>" });
  await put(file, "a");
  deepEqual(Object.keys(fixture.contents()), ["work/x/t-000000"]);
  Deno.mkdirSync(`${outputDir}/x`, { recursive: true });
  Deno.writeTextFileSync(`${outputDir}/x/t-000000`, "theirs");
  await file.close();
  await put(file, "b");
  await file.close();
  deepEqual(fixture.contents(), {
    "out/x/t-000000": "theirs",
    "out/x/t-000001": "a\n",
    "out/x/t-000002": "b\n",
  });
});

Deno.test("RotatingFile leaves what another run was writing", async () => {
  using fixture = new Fixture();
  const settings = { workDir: `${fixture.directory}/work`, gzipLevel: 6 };
  const dead = fixture.file(settings);
  await put(dead, "dead");
  dead.abandon();
  Deno.writeFileSync(`${settings.workDir}/t-000000.12`, Uint8Array.of(0x1f, 0x8b, 8, 0));
  const file = fixture.file(settings);
  await put(file, "alive");
  await file.close();
  equal(Deno.statSync(`${settings.workDir}/t-000000.12`).size, 4);
  Deno.removeSync(`${settings.workDir}/t-000000.12`);
  deepEqual(fixture.contents(), { "t-000001.12": "alive\n" });
});
