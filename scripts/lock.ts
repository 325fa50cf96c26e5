/**
 * `deno task lock`: writes both lock files anew, after a change of packages. `nsq.lock` has what the
 * program itself needs, so that starting the broker from source fetches no browser driver;
 * `deno.lock` has what tests and scripts need besides.
 */
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");
const PROGRAM = ["main.ts", "admin/web/app/main.tsx"];

await lock("nsq.lock", PROGRAM);
await lock("deno.lock", [...PROGRAM, "lib", "lookupd", "admin", "standalone", "scripts", "tests"]);

async function lock(name: string, entries: readonly string[]): Promise<void> {
  await Deno.remove(`${ROOT}/${name}`).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const args = ["check", "--quiet", `--lock=${name}`, "--frozen=false", ...entries];
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status;
  if (!success) throw new Error(`${name} could not be made`);
}
