/** What a check has found, and how monitoring systems are told. Source of codes and line: Nagios' plugin API. */

import { UsageError } from "../../cli/usage_error.ts";
import { UpstreamError } from "../../cluster/answer.ts";
import type { Item } from "../session/item.ts";
import type { Report } from "../session/report.ts";

export const OK = 0, WARNING = 1, CRITICAL = 2, UNKNOWN = 3;

/** Exit code of a check. */
export type Status = 0 | 1 | 2 | 3;

const NAMES: Readonly<Record<Status, string>> = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

/** The worst first. */
const ORDER: readonly Status[] = [CRITICAL, UNKNOWN, WARNING, OK];

/** More are counted, and not named. */
const NAMED_FINDINGS = 5;

/** One thing that was looked at. */
export interface Finding {
  readonly status: Status;
  /** Such as `orders/archive`. */
  readonly subject: string;
  /** What is the matter with it. */
  readonly message: string;
  readonly value?: number;
  /** Unit of `value` as the plugin API has it: `s`, `B` or none. */
  readonly unit?: string;
  readonly limits?: Limits;
}

/** Where a value begins to be bad. */
export interface Limits {
  readonly warning: number;
  readonly critical: number;
}

/** The status of a value that is bad when it is large. */
export function whenAbove(value: number, { warning, critical }: Limits): Status {
  return value > critical ? CRITICAL : value > warning ? WARNING : OK;
}

/** The status of a value that is bad when it is small. */
export function whenBelow(value: number, { warning, critical }: Limits): Status {
  return value < critical ? CRITICAL : value < warning ? WARNING : OK;
}

/** What `look` has found; what it throws is that nothing can be told. @param check such as `depth` */
export async function checked(
  check: string,
  look: () => Promise<{ readonly findings: readonly Finding[]; readonly well: string }>,
): Promise<Report> {
  try {
    const { findings, well } = await look();
    return checkReport(check, findings, well);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const errors = error instanceof UpstreamError && error.errors.length > 0
      ? silentFindings(error.errors)
      : [{ status: UNKNOWN, subject: "", message: (error as Error).message } as const];
    return checkReport(check, errors, "");
  }
}

/** A line for all findings; the exit code is the worst one's. */
function checkReport(check: string, findings: readonly Finding[], well: string): Report {
  const status = ORDER.find((each) => findings.some((finding) => finding.status === each)) ??
    UNKNOWN;
  const bad = ORDER.filter((each) => each !== OK)
    .flatMap((each) => findings.filter((finding) => finding.status === each));
  const named = bad.slice(0, NAMED_FINDINGS)
    .map(({ subject, message }) =>
      subject === "" || message.startsWith(subject) ? message : `${subject}: ${message}`
    );
  const more = bad.length > named.length ? [`${bad.length - named.length} more`] : [];
  const text = bad.length === 0
    ? findings.length === 0 ? "there is nothing to check" : well
    : [...named, ...more].join("; ");
  const figures = findings.flatMap(figureOf).join(" ");
  // The bar begins the figures, and a line ends them.
  const said = text.replaceAll(/[|\n]/g, " ");
  return {
    items: findings.map((finding) => findingItem(check, finding)),
    columns: [],
    name: ({ subject }) => String(subject),
    lines: [`${NAMES[status]} ${check}: ${said}${figures === "" ? "" : ` | ${figures}`}`],
    errors: [],
    exitCode: status,
  };
}

function findingItem(check: string, finding: Finding): Item {
  const { status, subject, message, value, limits } = finding;
  return { check, status: NAMES[status], subject, message, value, ...limits };
}

/** `'orders/archive'=12;100;1000`: what lies above is bad; `@` or a colon behind means below. */
function figureOf({ subject, value, unit = "", limits }: Finding): string[] {
  if (value === undefined) return [];
  const label = `'${subject.replaceAll(/['=|]/g, "_")}'`;
  return [`${label}=${value}${unit}${limits ? `;${limits.warning};${limits.critical}` : ""}`];
}

/** Those who did not answer: what they have cannot be told. */
export function silentFindings(
  errors: readonly { readonly address: string; readonly message: string }[],
): Finding[] {
  return errors.map(({ address, message }) => ({ status: UNKNOWN, subject: address, message }));
}
