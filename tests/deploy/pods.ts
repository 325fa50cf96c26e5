/**
 * As much of Kubernetes as a rehearsal takes: pods are processes in network namespaces of their own, joined by a bridge in one more,
 * with names from a hosts file, the image's files as their read-only root, and nobody's user. Needs root, `ip` and curl.
 */
import { join } from "node:path";
import { fail } from "../harness/assert.ts";
import { Daemon } from "../harness/daemon.ts";
import { withDeadline } from "../harness/eventually.ts";
import { CONTAINER_UID, layOutRoot } from "../../scripts/empty_root.ts";
import { run } from "./cache.ts";

/** Of the bridge, which is there in namespaces of the tests' own alone. */
const NETWORK = "10.99.0";

/** Makes a container of a process: `$1` root, `$2` data, `$3` hosts file, `$4` user; the rest is the command. */
const CONTAIN = `
  mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && mount --bind "$2" "$1/data" &&
  mount --bind "$3" "$1/etc/hosts" && mount -t proc proc "$1/proc" && root="$1" user="$4" &&
  shift 4 && exec env -i PATH="$PATH" chroot --userspec="$user:$user" "$root" "$@"`;

/** Gives a process the names that pods have: `$1` hosts file; the rest is the command. */
const AMONG_PODS = `mount --bind "$1" /etc/hosts && shift && exec "$@"`;

/** The one container of a pod, as a manifest has it. */
export interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: string[] } } };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

/** A pod that runs. */
export interface Pod {
  readonly name: string;
  readonly address: string;
  readonly daemon: Daemon;
  /** What a probe's answer is, asked from the node: its status. */
  probe(which: "livenessProbe" | "readinessProbe"): Promise<number>;
  /** Does in the container what is to be done before it is stopped. */
  preStop(): Promise<void>;
}

/** All namespaces; disposing of it ends what runs there, and removes them. */
export class PodNetwork implements AsyncDisposable {
  readonly #prefix = `nsq${Deno.pid}`;
  readonly #folder = Deno.makeTempDirSync({ prefix: "nsq-pods-" });
  readonly #root = join(this.#folder, "root");
  readonly #hosts = join(this.#folder, "hosts");
  readonly #namespaces: string[] = [];
  readonly #addresses = new Map<string, string>();
  readonly #daemons: Daemon[] = [];

  /** @param executable the compiled program @param names under which pods will know each other */
  static async open(executable: string, names: readonly string[]): Promise<PodNetwork> {
    const network = new PodNetwork();
    try {
      await layOutRoot(executable, network.#root);
      await Deno.chmod(network.#folder, 0o755);
      await Deno.mkdir(join(network.#root, "etc"));
      await Deno.writeTextFile(join(network.#root, "etc/hosts"), "");
      await network.#openNode();
      for (const name of names) await network.#openNamespace(name);
      const lines = [...network.#addresses].map(([name, address]) => `${address} ${name}\n`);
      await Deno.writeTextFile(network.#hosts, `127.0.0.1 localhost\n${lines.join("")}`);
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  addressOf(name: string): string {
    return this.#addresses.get(name) ?? fail(`no pod ${name}`);
  }

  /** A folder for a pod's data, which is its user's. */
  async newData(): Promise<string> {
    const path = await Deno.makeTempDir({ dir: this.#folder, prefix: "data-" });
    await Deno.chown(path, CONTAINER_UID, CONTAINER_UID);
    return path;
  }

  /** Starts a pod in the namespace of its name. */
  start(name: string, { args, ports, ...more }: Container, data: string): Pod {
    const command = this.#contained(name, data, ["/nsq", ...args]);
    const daemon = new Daemon(name, spawn(command));
    this.#daemons.push(daemon);
    const address = this.addressOf(name);
    return {
      name,
      address,
      daemon,
      probe: (which) => {
        const { path, port } = more[which].httpGet;
        const at = ports.find((each) => each.name === port) ?? fail(`no port ${port}`);
        return this.status("GET", `http://${address}:${at.containerPort}${path}`);
      },
      preStop: async () => {
        const hook = more.lifecycle?.preStop.exec.command ?? fail("nothing is to be done");
        const [executable = "", ...rest] = this.#contained(name, data, hook);
        await run(executable, rest);
      },
    };
  }

  /** A process of the program in a pod's place, for clients, with all its streams. */
  client(name: string, data: string, ...words: string[]): Deno.ChildProcess {
    const [executable = "", ...args] = this.#contained(name, data, ["/nsq", ...words]);
    const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    return new Deno.Command(executable, { args, ...piped }).spawn();
  }

  /** A command that reaches pods by their names, from the node. */
  amongPods(command: readonly string[]): string[] {
    const node = ["ip", "netns", "exec", `${this.#prefix}-node`];
    return [...node, "sh", "-c", AMONG_PODS, "sh", this.#hosts, ...command];
  }

  /** The status that a call from the node is answered with; 0 when it is not. */
  async status(method: string, url: string, body?: string): Promise<number> {
    return Number(
      (await this.#curl(method, url, ["-o", "/dev/null", "-w", "%{http_code}"], body)) || 0,
    );
  }

  /** What a call from the node is answered with. */
  async json<T>(url: string): Promise<T> {
    return JSON.parse(await this.#curl("GET", url, []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons) await daemon.abandon();
    for (const name of this.#namespaces.reverse()) await run("ip", ["netns", "del", name]);
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #curl(method: string, url: string, flags: string[], body?: string): Promise<string> {
    const sent = body === undefined ? [] : ["--data-binary", "@-"];
    const child = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", `${this.#prefix}-node`, "curl", "-sS", "--max-time", "5"],
        ...["-X", method, ...flags, ...sent, url],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(body ?? "")).catch(() => {}); // it need not read
    await writer.close().catch(() => {});
    const { stdout } = await withDeadline(child.output(), 20_000, url);
    return new TextDecoder().decode(stdout);
  }

  #contained(name: string, data: string, command: readonly string[]): string[] {
    const namespace = `${this.#prefix}-${[...this.#addresses.keys()].indexOf(name)}`;
    const own = [this.#root, data, this.#hosts, String(CONTAINER_UID)];
    return ["ip", "netns", "exec", namespace, "sh", "-c", CONTAIN, "sh", ...own, ...command];
  }

  async #openNode(): Promise<void> {
    const node = await this.#add("node");
    await run("ip", ["-n", node, "link", "add", "br0", "type", "bridge"]);
    await run("ip", ["-n", node, "addr", "add", `${NETWORK}.1/24`, "dev", "br0"]);
    await run("ip", ["-n", node, "link", "set", "br0", "up"]);
  }

  async #openNamespace(name: string): Promise<void> {
    const number = this.#addresses.size;
    const node = `${this.#prefix}-node`, pod = await this.#add(String(number));
    const address = `${NETWORK}.${10 + number}`, link = `v${number}`;
    const peer = ["type", "veth", "peer", "name", "eth0", "netns", pod];
    await run("ip", ["-n", node, "link", "add", link, ...peer]);
    await run("ip", ["-n", node, "link", "set", link, "master", "br0", "up"]);
    await run("ip", ["-n", pod, "addr", "add", `${address}/24`, "dev", "eth0"]);
    await run("ip", ["-n", pod, "link", "set", "eth0", "up"]);
    this.#addresses.set(name, address);
  }

  async #add(name: string): Promise<string> {
    const full = `${this.#prefix}-${name}`;
    await run("ip", ["netns", "add", full]);
    this.#namespaces.push(full);
    await run("ip", ["-n", full, "link", "set", "lo", "up"]);
    return full;
  }
}

/** It becomes the container's process: `ip`, `sh` and `chroot` all put the next one in their place. */
function spawn([executable = "", ...args]: string[]): Deno.ChildProcess {
  const streams = { stdin: "null", stdout: "null", stderr: "piped" } as const;
  return new Deno.Command(executable, { args, ...streams }).spawn();
}
