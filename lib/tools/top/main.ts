/** The command `nsq top`. */
import { EXIT_USAGE, optionsOrExit } from "../../cli/options_or_exit.ts";
import { UsageError } from "../../cli/usage_error.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { LocatedNode } from "../../cluster/daemons.ts";
import { nodeName } from "../../cluster/node.ts";
import { parseToolOptions } from "../command_line.ts";
import { linesTo } from "../output_lines.ts";
import { connect, targetOf } from "../session/connection.ts";
import { readContexts } from "../session/contexts.ts";
import { readEnvironment } from "../session/environment.ts";
import { onStopSignal } from "../stop_signal.ts";
import { wait } from "../../wait.ts";
import { figuresOf, type Look } from "./figures.ts";
import { onceLines, onceWarning } from "./once.ts";
import { TOP_COMMAND, type TopOptions } from "./options.ts";
import { VIEWS } from "./views.ts";

const COMMAND = "nsq top";

/** Shows the cluster until the user has seen enough, or once; ends the process. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit(COMMAND, () => {
    const parsed = parseToolOptions(TOP_COMMAND, args);
    if ("options" in parsed) checkSort(parsed.options);
    return parsed;
  });
  const stopping = new AbortController();
  const isLive = !options.once && !options.json && Deno.stdin.isTerminal() &&
    Deno.stdout.isTerminal();
  let advice = "";
  try {
    const environment = readEnvironment();
    const target = targetOf(options, environment, () => readContexts(environment));
    const { cluster, client, hint } = await connect(target, options);
    advice = hint;
    const look = lookerAt(cluster);
    if (isLive) await (await import("./live.ts")).showLive(options, { cluster, target, look });
    else {
      using _ = onStopSignal(() => {
        stopping.abort();
        client.close(); // so that nobody is waited for
      });
      await printOnce(options, look, stopping);
    }
  } catch (error) {
    if (stopping.signal.aborted) Deno.exit();
    console.error(`${COMMAND}: ${(error as Error).message}`);
    if (advice !== "") console.error(`${COMMAND}: ${advice}`);
    Deno.exit(error instanceof UsageError ? EXIT_USAGE : 1);
  }
  Deno.exit();
}

/** Looks again and again; a node that was there once stays in what is seen, lost or not. */
function lookerAt(cluster: Cluster): () => Promise<Look> {
  const known = new Map<string, LocatedNode>();
  return async () => {
    const snapshot = await cluster.snapshot({ includeClients: true }, [...known.values()]);
    for (const node of snapshot.nodes) {
      const name = nodeName(node);
      known.set(name, { node, address: snapshot.addresses.get(name)! });
    }
    return { snapshot, atMs: performance.now() };
  };
}

/** @throws UsageError when the view has no such column */
function checkSort({ view, sort }: TopOptions): void {
  const names = VIEWS[view].columns.map(({ name }) => name);
  if (sort !== "" && !names.includes(sort)) {
    throw new UsageError(
      `--sort: ${view} have no column ${JSON.stringify(sort)} (${names.join(", ")})`,
    );
  }
}

/** Prints after a second look, as rates need two. @throws Error when nobody answers */
async function printOnce(
  options: TopOptions,
  look: () => Promise<Look>,
  stopping: AbortController,
): Promise<void> {
  const first = await look();
  const { nodes, health, errors } = first.snapshot;
  if (health.length === 0 && (errors.length > 0 || nodes.length > 0)) {
    throw new Error(onceWarning(first));
  }
  if (!await wait(options.intervalMs, stopping.signal)) return;
  const second = await look();
  if (stopping.signal.aborted) return;
  const warning = onceWarning(second);
  if (warning !== "") console.error(`${COMMAND}: ${warning}`);
  const print = linesTo(Deno.stdout, () => stopping.abort());
  onceLines(options, second, figuresOf(second, first)).forEach(print);
}
