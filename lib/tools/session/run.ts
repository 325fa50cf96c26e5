/** Runs one command and ends the process: 0, or 1 if anything failed. */

import { UpstreamError } from "../../cluster/answer.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { EXIT_USAGE } from "../../cli/options_or_exit.ts";
import { visible } from "../../log/visible.ts";
import { linesTo } from "../output_lines.ts";
import { onStopSignal } from "../stop_signal.ts";
import type { ActionCall } from "./action.ts";
import { userAtTerminal } from "./confirm.ts";
import { connect, targetOf } from "./connection.ts";
import { readContexts } from "./contexts.ts";
import { readEnvironment } from "./environment.ts";
import { type Printer, printReport, type Report } from "./report.ts";
import { type LocalSession, Session } from "./session.ts";

/** How a command ends that has not done all it was asked for. */
export interface ExitCodes {
  /** It could not be understood. */
  readonly usage: number;
  /** Something failed. */
  readonly failure: number;
}

export const USUAL_EXIT_CODES: ExitCodes = { usage: EXIT_USAGE, failure: 1 };

/** @param command as the user types it, to open an error */
export async function runAction(
  command: string,
  call: ActionCall,
  exitCodes = USUAL_EXIT_CODES,
): Promise<void> {
  const say = (line: string) => console.error(`${command}: ${visible(line)}`);
  const print = linesTo(Deno.stdout, () => Deno.exit());
  const printer: Printer = { print, warn: say, isTerminal: Deno.stdout.isTerminal() };
  const stopping = new AbortController();
  const local = { environment: readEnvironment(), signal: stopping.signal, say, print };
  const { options } = call;
  let hint = "";
  const end = (code: number) => {
    if (code !== 0 && hint !== "") say(hint);
    Deno.exit(code);
  };
  try {
    using stack = new DisposableStack();
    const report = call.kind === "local"
      ? await call.run(local)
      : await call.run(await opened(call, local, stack, stopping, (text) => hint = text));
    printReport(report, options, printer);
    end(report.exitCode ?? (report.errors.length > 0 ? exitCodes.failure : 0));
  } catch (error) {
    if (stopping.signal.aborted) Deno.exit();
    const isOfMany = error instanceof UpstreamError;
    if (options.json || isOfMany) {
      printReport(failed(error as Error), { json: options.json, quiet: false }, printer);
    } else say((error as Error).message);
    end(error instanceof UsageError ? exitCodes.usage : exitCodes.failure);
  }
}

/** Connects; Ctrl-C gives up what is under way. @param advise takes what to say if the command fails */
async function opened(
  { options }: ActionCall & { readonly kind: "cluster" },
  local: LocalSession,
  stack: DisposableStack,
  stopping: AbortController,
  advise: (hint: string) => void,
): Promise<Session> {
  const { environment } = local;
  const target = targetOf(options, environment, () => readContexts(environment));
  const { cluster, client, hint } = await connect(target, options);
  advise(hint);
  stack.use(onStopSignal(() => {
    stopping.abort();
    client.close();
  }));
  const user = { questioner: userAtTerminal, yes: options.yes === true };
  return new Session(cluster, target, local, user);
}

/** A failure that left nothing to show: who failed, or why, in the same shape as everything else. */
function failed(error: Error): Report {
  const errors = error instanceof UpstreamError && error.errors.length > 0
    ? error.errors
    : [{ address: "", message: error.message }];
  return { items: [], columns: [], name: () => "", errors };
}
