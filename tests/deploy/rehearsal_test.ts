/** The pods of scripts/deploy/kubernetes/base, started for real: their flags, names, probes, and what they do before they stop. */
import { join } from "node:path";
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { eventually, projectFolder, TinyDisk } from "../harness/mod.ts";
import { withDeadline } from "../harness/eventually.ts";
import { lacking } from "../harness/required.ts";
import { CONTAINER_UID } from "../../scripts/empty_root.ts";
import { render } from "./kustomize.ts";
import { type Container, PodNetwork } from "./pods.ts";
import { readDeployment } from "./validator.ts";

const DEPLOY = join(projectFolder, "scripts/deploy");
const EXECUTABLE = join(projectFolder, "dist/nsq");
const BROKERS = [0, 1, 2].map((at) => `nsqd-${at}.nsqd.nsq.svc`);
const LOOKUPDS = [0, 1, 2].map((at) => `nsqlookupd-${at}.nsqlookupd.nsq.svc`);
const TINY_DISK_BYTES = 4 * 1024 * 1024;

/** The containers of the manifests, by the name of their app. */
async function containers(): Promise<Map<string, Container>> {
  const rendered = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(rendered, await render(join(DEPLOY, "kubernetes/base")));
    const { kubernetes } = await readDeployment(join(DEPLOY, "compose.yaml"), [rendered]);
    const workloads = kubernetes.filter(({ kind }) =>
      kind === "StatefulSet" || kind === "Deployment"
    );
    return new Map(
      workloads.map(({ metadata, spec }) => [metadata.name, spec.template.spec.containers[0]]),
    );
  } finally {
    await Deno.remove(rendered);
  }
}

/** The container with what Kubernetes puts in for its environment. */
function inPod(container: Container, pod: string): Container {
  const [name = ""] = pod.split(".");
  const args = container.args.map((arg) =>
    arg.replaceAll("$(POD_NAME)", name).replaceAll("$(POD_NAMESPACE)", "nsq")
  );
  return { ...container, args };
}

/** Whether this machine lets us. */
async function mayHaveNetworks(): Promise<boolean> {
  if (Deno.uid() !== 0) return false;
  try {
    const probe = `nsq-probe-${Deno.pid}`;
    const added = await new Deno.Command("ip", { args: ["netns", "add", probe], stderr: "null" })
      .output();
    if (!added.success) return false;
    return (await new Deno.Command("ip", { args: ["netns", "del", probe] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("the pods of kubernetes/base find each other, are probed, and lose nothing when one goes", async () => {
  if (!await mayHaveNetworks()) return lacking("no network namespaces can be made");
  const kinds = await containers();
  const names = [...LOOKUPDS, ...BROKERS, "nsqadmin", "client"];
  await using network = await PodNetwork.open(EXECUTABLE, names);
  await using stack = new AsyncDisposableStack();
  const disk = await TinyDisk.mount(TINY_DISK_BYTES);
  if (disk !== undefined) {
    stack.defer(() => disk[Symbol.asyncDispose]());
    await Deno.chown(disk.path, CONTAINER_UID, CONTAINER_UID);
  }
  const data = new Map<string, string>();
  for (const name of names) data.set(name, await network.newData());
  if (disk !== undefined) data.set(BROKERS[2]!, disk.path);
  const start = (kind: string, name: string) =>
    network.start(name, inPod(kinds.get(kind)!, name), data.get(name)!);
  const lookupds = LOOKUPDS.map((name) => start("nsqlookupd", name));
  const brokers = BROKERS.map((name) => start("nsqd", name));
  const console = start("nsqadmin", "nsqadmin");
  for (const pod of [...lookupds, ...brokers, console]) {
    await eventually(async () => equal(await pod.probe("readinessProbe"), 200, pod.name));
    equal(await pod.probe("livenessProbe"), 200, pod.name);
  }

  // Every lookupd knows every broker, by its pod's name.
  for (const { address } of lookupds) {
    await eventually(async () => {
      const { producers } = await network.json<{ producers: { broadcast_address: string }[] }>(
        `http://${address}:4161/nodes`,
      );
      deepEqual(producers.map((each) => each.broadcast_address).sort(), BROKERS);
    });
  }

  // Nothing is left behind by a broker that is deleted: it drains first.
  const [kept, going, full] = brokers;
  const api = (pod: { address: string }, path: string) => `http://${pod.address}:4151${path}`;
  const post = (pod: { address: string }, path: string, body?: string) =>
    network.status("POST", api(pod, path), body);
  equal(await post(going!, "/topic/create?topic=t"), 200);
  equal(await post(going!, "/channel/create?topic=t&channel=c"), 200);
  equal(await post(going!, "/channel/pause?topic=t&channel=c"), 200);
  const messages = Array.from({ length: 500 }, (_, at) => `message ${at}`);
  equal(await post(going!, "/mpub?topic=t", messages.join("\n")), 200);
  const reading = network.client(
    "client",
    data.get("client")!,
    ...["tail", "--topic=t", "--channel=c", "-n", String(messages.length)],
    ...LOOKUPDS.map((name) => `--lookupd-http-address=${name}:4161`),
  );
  await reading.stdin.close();
  const read = reading.output();
  const before = going!.preStop();
  await eventually(async () => equal(await going!.probe("readinessProbe"), 503));
  equal(await going!.probe("livenessProbe"), 200);
  equal(await post(going!, "/pub?topic=t", "too late"), 503);
  equal(await post(kept!, "/pub?topic=other", "elsewhere"), 200);
  equal(await post(going!, "/channel/unpause?topic=t&channel=c"), 200);
  const { stdout } = await withDeadline(read, 60_000, "all messages");
  deepEqual(new TextDecoder().decode(stdout).trim().split("\n").sort(), [...messages].sort());
  equal(await going!.daemon.ended(), 0);
  await before;

  // It comes back with nothing that waits, and its consumers find it again.
  const back = start("nsqd", BROKERS[1]!);
  await eventually(async () => equal(await back.probe("readinessProbe"), 200));
  const { topics } = await network.json<{ topics: { channels: { depth: number }[] }[] }>(
    api(back, "/stats?format=json&topic=t"),
  );
  equal(topics[0]!.channels[0]!.depth, 0);

  // A disk that is full makes a broker not ready, and nobody restarts it for that.
  if (disk !== undefined) {
    await disk.fill();
    const lines = Array.from({ length: 12_000 }, () => "x".repeat(300)).join("\n");
    await post(full!, "/mpub?topic=f", lines); // taken or not: more than fits into memory
    await eventually(async () => equal(await full!.probe("readinessProbe"), 503));
    equal(await full!.probe("livenessProbe"), 200);
    await Deno.remove(join(disk.path, "ballast"));
    await eventually(async () => equal(await full!.probe("readinessProbe"), 200));
  }

  const { topics: seen } = await network.json<{ topics: string[] }>(
    `http://${console.address}:4171/api/topics`,
  );
  ok(seen.includes("other"));
  for (const pod of [console, kept!, back, full!, ...lookupds]) await pod.daemon.stop();
});

const PUBLISHED = 2000;
const RATE = 100;

Deno.test("lookupds and brokers are replaced one by one under load, and every message arrives", async () => {
  if (!await mayHaveNetworks()) return lacking("no network namespaces can be made");
  const kinds = await containers();
  const names = [...LOOKUPDS, ...BROKERS, "producer", "consumer"];
  await using network = await PodNetwork.open(EXECUTABLE, names);
  const data = new Map<string, string>();
  for (const name of names) data.set(name, await network.newData());
  const start = async (kind: string, name: string) => {
    const pod = network.start(name, inPod(kinds.get(kind)!, name), data.get(name)!);
    await eventually(async () => equal(await pod.probe("readinessProbe"), 200, pod.name));
    return pod;
  };
  const lookupds = [], brokers = [];
  for (const name of LOOKUPDS) lookupds.push(await start("nsqlookupd", name));
  for (const name of BROKERS) brokers.push(await start("nsqd", name));
  for (const { address } of brokers) { // consumers hear of a new one by their next question, a minute later
    for (const path of ["/topic/create?topic=t", "/channel/create?topic=t&channel=c"]) {
      equal(await network.status("POST", `http://${address}:4151${path}`), 200);
    }
  }
  const found = LOOKUPDS.map((name) => `--lookupd-http-address=${name}:4161`);

  const consumer = network.client(
    "consumer",
    data.get("consumer")!,
    ...["tail", "--topic=t", "--channel=c", "--force", ...found],
  );
  await consumer.stdin.close();
  const complaints = new Response(consumer.stderr).text();
  const arrived = new Set<string>();
  const arriving = collect(consumer.stdout, arrived);
  const producer = network.client(
    "producer",
    data.get("producer")!,
    ...["pub", "--topic=t", `--rate=${RATE}`, ...found],
  );
  const published = producer.output();
  const messages = Array.from({ length: PUBLISHED }, (_, at) => `message ${at}`);
  const writer = producer.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(messages.join("\n"))).then(() =>
    writer.close()
  );
  await eventually(() => ok(arrived.size > 0));

  for (const [at, pod] of lookupds.entries()) {
    await pod.daemon.stop();
    lookupds[at] = await start("nsqlookupd", pod.name);
    await eventually(async () => {
      const { producers } = await network.json<{ producers: unknown[] }>(
        `http://${pod.address}:4161/nodes`,
      );
      equal(producers.length, BROKERS.length);
    });
  }
  for (const [at, pod] of brokers.entries()) {
    const drained = pod.preStop();
    equal(await pod.daemon.ended(), 0);
    await drained;
    brokers[at] = await start("nsqd", pod.name);
  }

  await written;
  const { code, stderr } = await withDeadline(published, 60_000, "the end of publishing");
  equal(code, 0, new TextDecoder().decode(stderr));
  await eventually(() => equal(arrived.size, PUBLISHED));
  deepEqual([...arrived].sort(), [...messages].sort());
  consumer.kill("SIGTERM");
  await arriving;
  equal((await consumer.status).code, 0, await complaints);
  for (const pod of [...brokers, ...lookupds]) await pod.daemon.stop();
});

/** Takes note of each line that comes. */
async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>, lines: Set<string>) {
  let unfinished = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const all = (unfinished + piece).split("\n");
    unfinished = all.pop()!;
    for (const line of all) lines.add(line);
  }
}
