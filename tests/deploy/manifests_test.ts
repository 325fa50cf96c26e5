/** The files under scripts/deploy follow their schemas, and fit the program and each other. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { rejects } from "node:assert/strict";
import { join } from "node:path";
import { parseNsqdOptions } from "../../lib/nsqd/options.ts";
import { parseAdminOptions } from "../../admin/options.ts";
import { parseLookupdOptions } from "../../lookupd/options.ts";
import { projectFolder, TemporaryDirectory } from "../harness/mod.ts";
import { render } from "./kustomize.ts";
import { type Deployment, readDeployment } from "./validator.ts";

const FOLDER = join(projectFolder, "scripts/deploy");
const COMPOSE = join(FOLDER, "compose.yaml");
const KUBERNETES = join(FOLDER, "kubernetes");

/** What can be reached, by kind of kustomization. */
type Variant = "base" | "outside" | "monitoring";

const read = new Map<Variant, Promise<Deployment>>();

/** The compose file, and what a kustomization comes to: checked against schemas, once. */
function deployment(variant: Variant = "base"): Promise<Deployment> {
  const known = read.get(variant) ?? readVariant(variant);
  read.set(variant, known);
  return known;
}

async function readVariant(variant: Variant): Promise<Deployment> {
  using folder = new TemporaryDirectory();
  let from = join(KUBERNETES, variant);
  if (variant === "monitoring") { // a component, for a kustomization that somebody writes
    const link = join(folder.path, "kubernetes");
    await copyFolder(KUBERNETES, link);
    from = join(link, "own");
    await Deno.mkdir(from);
    const own = { resources: ["../outside"], components: ["../monitoring"] };
    await Deno.writeTextFile(join(from, "kustomization.yaml"), JSON.stringify(own));
  }
  const rendered = join(folder.path, "rendered.yaml");
  await Deno.writeTextFile(rendered, await render(from));
  return await readDeployment(COMPOSE, [rendered]);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** The options that a container's arguments mean; anything that the program would warn of fails. */
// deno-lint-ignore no-explicit-any
function optionsOf([role, ...args]: string[]): any {
  const environment = {
    readTextFile: () => "",
    hostname: () => "host",
    warn: (line: string) => {
      throw new Error(line);
    },
  };
  const flags = args.map((arg) => withPod(arg, "nsqd-0"));
  const parsers = {
    nsqd: parseNsqdOptions,
    lookupd: parseLookupdOptions,
    admin: parseAdminOptions,
  };
  ok(role !== undefined && role in parsers, `no role ${role}`);
  const parsed = parsers[role as keyof typeof parsers](flags, environment);
  ok("options" in parsed, `${role} prints something and ends`);
  return parsed.options;
}

function withPod(arg: string, pod: string): string {
  return arg.replace("$(POD_NAME)", pod).replace("$(POD_NAMESPACE)", "nsq");
}

/** The one object of that kind and name. */
async function object(kind: string, name: string, variant: Variant = "base") {
  const found = (await deployment(variant)).kubernetes
    .filter((each) => each.kind === kind && each.metadata.name === name);
  equal(found.length, 1, `${kind} ${name}`);
  return found[0];
}

/** All objects of a kind. */
async function objects(kind: string, variant: Variant = "base") {
  return (await deployment(variant)).kubernetes.filter((each) => each.kind === kind);
}

async function container(kind: string, name: string, variant: Variant = "base") {
  return (await object(kind, name, variant)).spec.template.spec.containers[0];
}

const WORKLOADS = [["StatefulSet", "nsqd"], ["StatefulSet", "nsqlookupd"], [
  "Deployment",
  "nsqadmin",
]] as const;

Deno.test("deployment files follow the published schemas", async () => {
  const { compose } = await deployment();
  const names = Object.keys(compose.services).sort();
  deepEqual(names, ["nsqadmin", "nsqd-0", "nsqd-1", "nsqd-2", "nsqlookupd-0", "nsqlookupd-1"]);
  for (const variant of ["base", "outside", "monitoring"] as const) {
    const { kubernetes } = await deployment(variant);
    ok(kubernetes.every((each) => each.kind === "Namespace" || each.metadata.namespace === "nsq"));
  }
});

Deno.test("readDeployment refuses what does not follow its schema", async () => {
  using dir = new TemporaryDirectory();
  const misspell = async (text: string, from: string, to: string) => {
    ok(text.includes(from));
    const copy = join(dir.path, "copy.yaml");
    await Deno.writeTextFile(copy, text.replace(from, to));
    return copy;
  };
  const base = await render(join(KUBERNETES, "base"));
  const badNsqd = await misspell(base, "podManagementPolicy", "podManagmentPolicy");
  await rejects(readDeployment(COMPOSE, [badNsqd]), /StatefulSet .*podManagmentPolicy/);
  const compose = await Deno.readTextFile(COMPOSE);
  await rejects(readDeployment(await misspell(compose, "restart:", "restrt:"), []), /restrt/);
});

Deno.test("compose services start with flags that the program has, and publish what they announce", async () => {
  const { services } = (await deployment()).compose;
  for (const name of Object.keys(services)) {
    const { command, ports, stop_grace_period, volumes } = services[name];
    const options = optionsOf(command);
    equal(stop_grace_period, "1m");
    if (!name.startsWith("nsqd")) continue;
    const { broadcastTcpPort, broadcastHttpPort, dataPath } = options;
    deepEqual(ports, [`${broadcastTcpPort}:4150`, `${broadcastHttpPort}:4151`]);
    deepEqual(volumes, [`${name}:${dataPath}`]);
    deepEqual(
      options.nsqlookupdTcpAddresses,
      Object.keys(services).filter((each) => each.startsWith("nsqlookupd"))
        .map((each) => `${each}:4160`),
    );
  }
  const published = Object.values<{ ports?: string[] }>(services).flatMap(({ ports = [] }) =>
    ports
  );
  equal(new Set(published).size, published.length);
});

Deno.test("pods start with flags that the program has, are probed where it answers, and may do nothing else", async () => {
  for (const [kind, name] of WORKLOADS) {
    const { spec } = (await object(kind, name)).spec.template;
    const [only] = spec.containers;
    optionsOf(only.args);
    const ports = only.ports.map((port: { name: string }) => port.name);
    for (const [probe, path] of [["livenessProbe", "live"], ["readinessProbe", "ready"]] as const) {
      equal(only[probe].httpGet.path, `/health/${path}`);
      ok(ports.includes(only[probe].httpGet.port));
    }
    ok(spec.terminationGracePeriodSeconds >= 30);
    deepEqual(only.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    equal(spec.securityContext.runAsNonRoot, true);
    equal(spec.securityContext.seccompProfile.type, "RuntimeDefault");
    equal(spec.automountServiceAccountToken, false);
  }
  for (const name of ["nsqd", "nsqlookupd"]) {
    const { spec } = await object("PodDisruptionBudget", name);
    deepEqual([spec.maxUnavailable, spec.selector.matchLabels.app], [1, name]);
  }
});

Deno.test("a broker drains before it is stopped, and has the time for that and for writing", async () => {
  const { spec } = (await object("StatefulSet", "nsqd")).spec.template;
  const [only] = spec.containers;
  const { command } = only.lifecycle.preStop.exec;
  deepEqual(command.slice(0, 4), ["/nsq", "node", "drain", "--wait"]);
  const minutes = Number(/^--deadline=(\d+)m$/.exec(command[4])?.[1]);
  const port = only.ports.find((each: { name: string }) => each.name === "http").containerPort;
  equal(command[5], `--nsqd-http-address=127.0.0.1:${port}`);
  ok(spec.terminationGracePeriodSeconds >= 60 * minutes + 120);
});

Deno.test("everybody asks every lookupd, by names that a headless Service gives", async () => {
  const { spec: { replicas, serviceName } } = await object("StatefulSet", "nsqlookupd");
  const service = await object("Service", serviceName);
  deepEqual([service.spec.clusterIP, service.spec.publishNotReadyAddresses], ["None", true]);
  const addresses = (port: number) =>
    Array.from({ length: replicas }, (_, at) => `nsqlookupd-${at}.${serviceName}.nsq.svc:${port}`);
  const nsqd = optionsOf((await container("StatefulSet", "nsqd")).args);
  deepEqual(nsqd.nsqlookupdTcpAddresses, addresses(4160));
  const admin = optionsOf((await container("Deployment", "nsqadmin")).args);
  deepEqual(admin.nsqlookupdHttpAddresses, addresses(4161));
  const { services } = (await deployment()).compose;
  const composed = optionsOf(services.nsqadmin.command);
  const names = Object.keys(services).filter((each) => each.startsWith("nsqlookupd"));
  deepEqual(composed.nsqlookupdHttpAddresses, names.map((each) => `${each}:4161`));
  deepEqual(services.nsqadmin.ports, ["127.0.0.1:4171:4171"]);
});

Deno.test("brokers keep their data on a volume, and announce their pods' names, ready or not", async () => {
  const { spec } = await object("StatefulSet", "nsqd");
  const only = spec.template.spec.containers[0];
  const options = optionsOf(only.args);
  deepEqual(only.volumeMounts, [
    { name: spec.volumeClaimTemplates[0].metadata.name, mountPath: options.dataPath },
  ]);
  const service = await object("Service", spec.serviceName);
  deepEqual([service.spec.clusterIP, service.spec.publishNotReadyAddresses], ["None", true]);
  equal(options.broadcastAddress, `nsqd-0.${spec.serviceName}.nsq.svc`);
});

/** Which ports of which pods are open to whom, beside those of the namespace itself. */
async function openings(variant: Variant): Promise<string[]> {
  const policies = (await objects("NetworkPolicy", variant)).filter(({ spec }) =>
    JSON.stringify(spec.ingress) !== JSON.stringify([{ from: [{ podSelector: {} }] }])
  );
  return policies.flatMap(({ spec }) =>
    spec.ingress.flatMap(({ from, ports }: { from?: unknown; ports: { port: string }[] }) =>
      ports.map(({ port }) =>
        `${spec.podSelector.matchLabels?.app ?? "all"} ${port} ${JSON.stringify(from ?? "anybody")}`
      )
    )
  ).sort();
}

Deno.test("nothing but the clients' ports is reached from other namespaces, and nothing from outside unless an overlay says so", async () => {
  deepEqual((await object("NetworkPolicy", "inside")).spec.podSelector, {});
  const base = [
    'nsqd tcp [{"namespaceSelector":{}}]',
    'nsqlookupd http [{"namespaceSelector":{"matchLabels":{"nsq-consumers":"true"}}}]',
  ];
  deepEqual(await openings("base"), base);
  for (const { metadata, spec } of await objects("Service")) {
    equal(spec.type, undefined, `${metadata.name} is more than a ClusterIP`);
  }
  const outside = [...base, 'nsqd tcp "anybody"', 'nsqlookupd http "anybody"'].sort();
  deepEqual(await openings("outside"), outside);
  const scraped =
    'all http [{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"monitoring"}}}]';
  deepEqual(await openings("monitoring"), [...outside, scraped].sort());
});

Deno.test("with the overlay each broker is reached from outside under the address that it announces", async () => {
  const { replicas } = (await object("StatefulSet", "nsqd", "outside")).spec;
  const { args } = await container("StatefulSet", "nsqd", "outside");
  const announced = args.find((arg: string) => arg.startsWith("--broadcast-address="));
  match(announced, /\$\(POD_NAME\)/);
  for (let at = 0; at < replicas; at++) {
    const { metadata, spec } = await object("Service", `nsqd-${at}`, "outside");
    const host = metadata.annotations["external-dns.alpha.kubernetes.io/hostname"];
    equal(`--broadcast-address=${host}`, withPod(announced, `nsqd-${at}`));
    equal(spec.selector["statefulset.kubernetes.io/pod-name"], `nsqd-${at}`);
    deepEqual([spec.type, spec.publishNotReadyAddresses], ["LoadBalancer", true]);
    deepEqual(spec.ports.map((port: { port: number }) => port.port), [4150]);
  }
  const open = (await objects("Service", "outside"))
    .filter(({ spec }) => spec.type !== undefined).map(({ metadata }) => metadata.name).sort();
  deepEqual(open, ["nsqd-0", "nsqd-1", "nsqd-2", "nsqlookupd-outside"]);
});

Deno.test("the Prometheus operator finds each daemon once, under the job that alerts name", async () => {
  const services = await objects("Service", "monitoring");
  for (const name of ["nsqd", "nsqlookupd", "nsqadmin"]) {
    const { spec, apiVersion } = await object("ServiceMonitor", name, "monitoring");
    equal(apiVersion, "monitoring.coreos.com/v1");
    const wanted = Object.entries(spec.selector.matchLabels);
    const selected = services.filter(({ metadata }) =>
      wanted.every(([key, value]) => metadata.labels?.[key] === value)
    );
    deepEqual(selected.map(({ metadata }) => metadata.name), [name]);
    equal(selected[0].metadata.labels[spec.jobLabel], name);
    const [endpoint] = spec.endpoints;
    ok(selected[0].spec.ports.some((port: { name: string }) => port.name === endpoint.port));
    equal(endpoint.path, "/metrics");
  }
});
