/** The command `nsq bench`. */

import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { createWallClock } from "../../log/wall_clock.ts";
import { parseToolOptions } from "../command_line.ts";
import { Progress } from "../progress.ts";
import { onStopSignal } from "../stop_signal.ts";
import { BENCH_COMMAND } from "./options.ts";
import type { BenchFigures } from "./report.ts";

/** Runs the benchmark and prints its figures. Ends with 1 when a message was lost. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit("nsq bench", () => parseToolOptions(BENCH_COMMAND, args));
  const { Bench } = await import("./bench.ts");
  const { figuresOf, formatFigures } = await import("./report.ts");
  const stop = new AbortController();
  let line = () => "";
  const progress = new Progress(() => line());
  const logger = progress.loggerOf(options);
  let figures: BenchFigures;
  try {
    const bench = new Bench(options, {
      logger,
      signal: stop.signal,
      nowMs: () => performance.now(),
      wallMs: createWallClock(),
      random: Math.random,
    });
    line = () => bench.progress();
    using _signals = onStopSignal(() => stop.abort());
    figures = figuresOf(await bench.run());
  } catch (error) {
    logger.fatal((error as Error).message);
    Deno.exit(1);
  } finally {
    progress[Symbol.dispose]();
  }
  console.log(options.json ? JSON.stringify(figures) : formatFigures(figures));
  const { publish, consume } = figures;
  const lost = (publish?.failed ?? 0) + (publish?.unknown ?? 0) + (consume?.missing ?? 0);
  if (lost > 0) Deno.exitCode = 1;
}
