/**
 * Stands for the container image: the same files (`scripts/empty_root.ts`), nothing else to see, and
 * the same user. /proc is there, as in every container.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import { join } from "node:path";
import {
  CONTAINER_UID,
  layOutRoot,
  ROOT_DATA_DIR,
  ROOT_EXECUTABLE,
} from "../../scripts/empty_root.ts";
import { decodeRecords, TemporaryDirectory } from "../harness/files.ts";
import { startNsqd } from "../harness/nsqd.ts";
import { executablePath } from "./executable.ts";

/** Its first argument is the root; it becomes, process id included, what `chroot` starts. */
const ENTER_SCRIPT = 'mount --rbind /proc "$0/proc" && exec chroot "$@"';

/**
 * Command that runs the executable with `root` as its whole file system: started by root, as the
 * container's user; started by anybody else, in a user namespace.
 */
function commandIn(root: string): string[] {
  const [namespaces, user] = Deno.uid() === 0
    ? [["--mount"], [`--userspec=${CONTAINER_UID}:${CONTAINER_UID}`]]
    : [["--user", "--map-root-user", "--mount"], []];
  const enter = ["unshare", ...namespaces, "sh", "-c", ENTER_SCRIPT, root];
  return [...enter, ...user, root, ROOT_EXECUTABLE];
}

/** What stands in the way of running the executable in `root`; empty when nothing does. */
async function obstacle(root: string): Promise<string> {
  const [program, ...args] = [...commandIn(root), "--version"];
  const { success, stderr } = await new Deno.Command(program!, { args }).output();
  return success ? "" : `exit without success: ${new TextDecoder().decode(stderr)}`;
}

Deno.test("executable runs as a broker in a root that holds only its libraries", async () => {
  using root = new TemporaryDirectory();
  await layOutRoot(executablePath(), root.path);
  equal(
    await obstacle(root.path),
    "",
    "needs unshare, mount and chroot, by root or user namespace",
  );

  const command = [...commandIn(root.path), "nsqd"];
  {
    await using nsqd = await startNsqd({ command, dataPath: ROOT_DATA_DIR });
    await nsqd.post("/pub?topic=kept", "from the empty root");
    const { depth, message_count } = await nsqd.topic("kept");
    equal(depth, 1);
    equal(message_count, 1);
    await nsqd.stop();
  }

  const dataDir = join(root.path, ROOT_DATA_DIR);
  ok(Deno.statSync(join(dataDir, "nsqd.dat")).isFile);
  const bytes = Deno.readFileSync(join(dataDir, "kept.diskqueue.000000.dat"));
  equal(decodeRecords(bytes)[0]?.body, "from the empty root");
});
