/** The pods of scripts/deploy/kubernetes/base, started for real: their flags, names, probes, and what they do before they stop. */
import { join } from "node:path";
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { eventually, projectFolder, TinyDisk } from "../harness/mod.ts";
import { withDeadline } from "../harness/eventually.ts";
import { lacking } from "../harness/required.ts";
import { CHANNELS, TOPIC } from "../../scripts/rehearsal/traffic.ts";
import { RemoteTraffic, trafficCommand } from "../../scripts/rehearsal/traffic_process.ts";
import { type ReplaceableCluster, Replacement } from "../../scripts/rehearsal/upgrade.ts";
import { CONTAINER_UID } from "../../scripts/empty_root.ts";
import { render } from "./kustomize.ts";
import { type Container, type Pod, PodNetwork } from "./pods.ts";
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

const RATE = 500;

/** The pods of a namespace, replaced as Kubernetes does it: a broker drains before it goes. */
class PodCluster implements ReplaceableCluster {
  readonly size = { lookupds: LOOKUPDS.length, nsqds: BROKERS.length };
  readonly #pods = new Map<string, Pod>();
  readonly #data = new Map<string, string>();
  readonly #kinds: ReadonlyMap<string, Container>;
  readonly #network: PodNetwork;

  constructor(network: PodNetwork, kinds: ReadonlyMap<string, Container>) {
    this.#network = network;
    this.#kinds = kinds;
  }

  async start(): Promise<void> {
    for (const name of [...LOOKUPDS, ...BROKERS]) {
      this.#data.set(name, await this.#network.newData());
      await this.#start(name);
    }
  }

  async create(topic: string, channels: readonly string[]): Promise<void> {
    for (const name of BROKERS) {
      const post = async (path: string) => {
        const url = `http://${this.#network.addressOf(name)}:4151${path}`;
        equal(await this.#network.status("POST", url), 200, url);
      };
      await post(`/topic/create?topic=${topic}`);
      for (const channel of channels) {
        await post(`/channel/create?topic=${topic}&channel=${channel}`);
      }
    }
  }

  async replaceLookupd(at: number): Promise<void> {
    const name = LOOKUPDS[at]!;
    await this.#pods.get(name)!.daemon.stop();
    const { address } = await this.#start(name);
    await eventually(async () => {
      const { producers } = await this.#network.json<{ producers: unknown[] }>(
        `http://${address}:4161/nodes`,
      );
      equal(producers.length, BROKERS.length);
    });
  }

  async replaceNsqd(at: number): Promise<number> {
    const name = BROKERS[at]!;
    const pod = this.#pods.get(name)!;
    const drained = pod.preStop();
    equal(await pod.daemon.ended(), 0);
    await drained;
    // One that knows no end but "all is consumed" has left nothing.
    const left = /deadline has come with (\d+) messages/.exec(pod.daemon.log())?.[1] ?? 0;
    await this.#start(name);
    return Number(left);
  }

  async stop(): Promise<void> {
    for (const { daemon } of this.#pods.values()) await daemon.stop();
  }

  async #start(name: string): Promise<Pod> {
    const kind = this.#kinds.get(LOOKUPDS.includes(name) ? "nsqlookupd" : "nsqd")!;
    const pod = this.#network.start(name, inPod(kind, name), this.#data.get(name)!);
    this.#pods.set(name, pod);
    await eventually(async () => equal(await pod.probe("readinessProbe"), 200, pod.name));
    return pod;
  }
}

Deno.test("lookupds and brokers are replaced one by one under load, and every message arrives", async () => {
  if (!await mayHaveNetworks()) return lacking("no network namespaces can be made");
  await using network = await PodNetwork.open(EXECUTABLE, [...LOOKUPDS, ...BROKERS]);
  const cluster = new PodCluster(network, await containers());
  await cluster.start();
  await cluster.create(TOPIC, CHANNELS);
  const found = LOOKUPDS.map((name) => `${name}:4161`);
  await using load = new RemoteTraffic(
    network.amongPods(trafficCommand(RATE, found)),
    projectFolder,
  );
  const replacement = new Replacement(cluster, load, () => {});
  await replacement.begin();
  await replacement.upgrade("the same");
  const { lost, acknowledged } = await load.finish();
  deepEqual(lost, []);
  ok(acknowledged > 500 * (BROKERS.length + LOOKUPDS.length));
  await cluster.stop();
});
