/** The files under scripts/deploy follow their schemas, and fit the program and each other. */
import {
  deepStrictEqual as deepEqual,
  match,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { join } from "node:path";
import { parseNsqdOptions } from "../../lib/nsqd/options.ts";
import { parseAdminOptions } from "../../admin/options.ts";
import { parseLookupdOptions } from "../../lookupd/options.ts";
import { projectFolder, TemporaryDirectory } from "../harness/mod.ts";
import { type Deployment, readDeployment } from "./validator.ts";

const FOLDER = join(projectFolder, "scripts/deploy");
const COMPOSE = join(FOLDER, "compose.yaml");
const KUBERNETES = [...Deno.readDirSync(join(FOLDER, "kubernetes"))]
  .map(({ name }) => join(FOLDER, "kubernetes", name)).sort();

let read: Promise<Deployment> | undefined;
/** The real files, read once. */
const deployment = () => read ??= readDeployment(COMPOSE, KUBERNETES);

/** The options that a container's arguments mean; anything that the program would warn of fails. */
function optionsOf([role, ...args]: string[]) {
  const environment = {
    readTextFile: () => "",
    hostname: () => "host",
    warn: (line: string) => {
      throw new Error(line);
    },
  };
  const flags = args.map((arg) => arg.replace("$(POD_NAME)", "nsqd-0"));
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

/** The one object of that kind and name. */
async function kubernetesObject(kind: string, name: string) {
  const found = (await deployment()).kubernetes
    .filter((each) => each.kind === kind && each.metadata.name === name);
  equal(found.length, 1, `${kind} ${name}`);
  return found[0];
}

Deno.test("deployment files follow the published schemas", async () => {
  const { compose, kubernetes } = await deployment();
  equal(Object.keys(compose.services).length, 5);
  ok(kubernetes.every((each) => each.kind === "Namespace" || each.metadata.namespace === "nsq"));
});

Deno.test("readDeployment refuses what does not follow its schema", async () => {
  using dir = new TemporaryDirectory();
  const misspell = async (path: string, from: string, to: string) => {
    const copy = join(dir.path, "copy.yaml");
    await Deno.writeTextFile(copy, (await Deno.readTextFile(path)).replace(from, to));
    return copy;
  };
  const nsqd = KUBERNETES.find((path) => path.endsWith("/nsqd.yaml"))!;
  const badNsqd = await misspell(nsqd, "podManagementPolicy", "podManagmentPolicy");
  await rejects(readDeployment(COMPOSE, [badNsqd]), /StatefulSet nsqd: .*podManagmentPolicy/);
  await rejects(readDeployment(await misspell(COMPOSE, "restart:", "restrt:"), []), /restrt/);
});

Deno.test("compose services start with flags that the program has, and publish what they announce", async () => {
  const { services } = (await deployment()).compose;
  for (const name of Object.keys(services)) {
    const { command, ports, stop_grace_period, volumes } = services[name];
    // deno-lint-ignore no-explicit-any
    const options: any = optionsOf(command);
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
});

Deno.test("StatefulSets start with flags that the program has, and are probed where it answers", async () => {
  for (const name of ["nsqd", "nsqlookupd"]) {
    const { spec } = (await kubernetesObject("StatefulSet", name)).spec.template;
    const [container] = spec.containers;
    optionsOf(container.args);
    const ports = container.ports.map((port: { name: string }) => port.name);
    for (const [probe, path] of [["livenessProbe", "live"], ["readinessProbe", "ready"]] as const) {
      equal(container[probe].httpGet.path, `/health/${path}`);
      ok(ports.includes(container[probe].httpGet.port));
    }
    ok(spec.terminationGracePeriodSeconds >= 30);
    equal(container.securityContext.readOnlyRootFilesystem, true);
  }
});

Deno.test("the console asks every lookupd, is probed where it answers and is not open to everybody", async () => {
  const { services } = (await deployment()).compose;
  // deno-lint-ignore no-explicit-any
  const composed: any = optionsOf(services.nsqadmin.command);
  const names = Object.keys(services).filter((each) => each.startsWith("nsqlookupd"));
  deepEqual(composed.nsqlookupdHttpAddresses, names.map((each) => `${each}:4161`));
  deepEqual(services.nsqadmin.ports, ["127.0.0.1:4171:4171"]);

  const [container] =
    (await kubernetesObject("Deployment", "nsqadmin")).spec.template.spec.containers;
  // deno-lint-ignore no-explicit-any
  const options: any = optionsOf(container.args);
  const lookupd = (await kubernetesObject("StatefulSet", "nsqlookupd")).spec;
  deepEqual(
    options.nsqlookupdHttpAddresses,
    Array.from(
      { length: lookupd.replicas },
      (_, at) => `nsqlookupd-${at}.${lookupd.serviceName}.nsq.svc.cluster.local:4161`,
    ),
  );
  equal(container.livenessProbe.httpGet.path, "/health/live");
  equal(container.readinessProbe.httpGet.path, "/health/ready");
  equal((await kubernetesObject("Service", "nsqadmin")).spec.type, undefined);
});

Deno.test("nsqd's pods keep their data on a volume and register with every lookupd", async () => {
  const { template, volumeClaimTemplates } = (await kubernetesObject("StatefulSet", "nsqd")).spec;
  const [container] = template.spec.containers;
  // deno-lint-ignore no-explicit-any
  const options: any = optionsOf(container.args);
  deepEqual(container.volumeMounts, [
    { name: volumeClaimTemplates[0].metadata.name, mountPath: options.dataPath },
  ]);
  const lookupd = (await kubernetesObject("StatefulSet", "nsqlookupd")).spec;
  deepEqual(
    options.nsqlookupdTcpAddresses,
    Array.from(
      { length: lookupd.replicas },
      (_, at) => `nsqlookupd-${at}.${lookupd.serviceName}.nsq.svc.cluster.local:4160`,
    ),
  );
});

Deno.test("each nsqd pod is reached from outside under the address that it announces", async () => {
  const { replicas, template } = (await kubernetesObject("StatefulSet", "nsqd")).spec;
  const announced = template.spec.containers[0].args
    .find((arg: string) => arg.startsWith("--broadcast-address="));
  match(announced, /\$\(POD_NAME\)/);
  for (let at = 0; at < replicas; at++) {
    const { metadata, spec } = await kubernetesObject("Service", `nsqd-${at}`);
    const host = metadata.annotations["external-dns.alpha.kubernetes.io/hostname"];
    equal(`--broadcast-address=${host}`, announced.replace("$(POD_NAME)", `nsqd-${at}`));
    equal(spec.selector["statefulset.kubernetes.io/pod-name"], `nsqd-${at}`);
    equal(spec.type, "LoadBalancer");
    deepEqual(spec.ports.map((port: { port: number }) => port.port), [4150, 4151]);
  }
});
