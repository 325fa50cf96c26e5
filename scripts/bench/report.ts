/** All that a run says at its end, as Markdown. */

import type { Workload } from "./model.ts";
import { formatPairedTable } from "./paired_table.ts";
import type { Report } from "./samples.ts";
import { formatTable } from "./table.ts";

/** The whole report as Markdown. */
export function formatReport(report: Report, workloads: Workload[]): string {
  const lines = [
    `Command: \`${report.command}\``,
    "",
    ...Object.entries(report.machine).map(([name, value]) => `- ${name}: ${value}`),
    formatManner(report),
    ...(report.quick ? ["- **quick run**: too short to hold against the targets"] : []),
    "",
    ...report.bursts === undefined ? formatTable(report) : formatPairedTable(report),
    "",
    ...workloads.map(({ name, what, flags: ofBoth, ourFlags = [], maxRounds }) => {
      const flags = [...ofBoth, ...ourFlags];
      const rounds = maxRounds === undefined ? "" : `, at most ${maxRounds} round`;
      return `- \`${name}\`: ${what}${
        flags.length > 0 ? ` (\`${flags.join(" ")}\`)` : ""
      }${rounds}`;
    }),
    ...report.failures.map(({ workload, side, mode, reason }) =>
      `- **FAILED** ${workload}, ${side}${mode === undefined ? "" : ` with ${mode} I/O threads`}: ${
        reason.split("\n")[0]
      }`
    ),
  ];
  return lines.join("\n") + "\n";
}

/** How often what was done, and what that makes the figures. */
function formatManner({ rounds, bursts }: Report): string {
  if (bursts === undefined) return `- rounds: ${rounds}, alternating; figures are medians`;
  const { count, seed } = bursts;
  return `- bursts: ${count} in turn, in random order (seed ${seed}); figures and ratios of neighbours are medians`;
}
