/** From `--filename-format` to the names of a topic's files. */

import { notUpwards, pathPart } from "./path_part.ts";
import { strftime } from "./strftime.ts";

const REVISION = "<REV>";
const REVISION_DIGITS = 6;

/** What the names of files depend on. */
export interface FilenameOptions {
  readonly filenameFormat: string;
  readonly datetimeFormat: string;
  /** "" for the host's name up to its first dot. */
  readonly hostIdentifier: string;
  readonly gzip: boolean;
  /** Whether a file is never opened again, or may be full: then its name needs `<REV>`. */
  readonly needsRevision: boolean;
}

/** Whose files they are. */
export interface FilenameSubject {
  readonly topic: string;
  readonly hostname: string;
  readonly pid: number;
}

/** What is replaced in a format, and in a host's identifier. */
const IN_FORMAT = ["<TOPIC>", "<HOST>", "<PID>", "<DATETIME>", REVISION];
const IN_IDENTIFIER = ["<SHORT_HOST>", "<HOSTNAME>"];

/** What looks like something to be replaced and is not, so that it will stand in the names of files: a sentence for each. */
export function placeholderWarnings(
  options: Pick<FilenameOptions, "filenameFormat" | "hostIdentifier">,
): string[] {
  const warningsFor = (flag: string, value: string, known: readonly string[]) =>
    [...new Set(value.match(/<[A-Za-z_-]+>/g))].filter((each) => !known.includes(each))
      .map((each) => `--${flag}: ${each} stays as it is; ${known.join(", ")} are replaced`);
  return [
    ...warningsFor("filename-format", options.filenameFormat, IN_FORMAT),
    ...warningsFor("host-identifier", options.hostIdentifier, IN_IDENTIFIER),
  ];
}

/** Whether a format has the `<REV>` that it may need. */
export function hasRevision(filenameFormat: string): boolean {
  return filenameFormat.includes(REVISION);
}

/**
 * Replaces all but `<DATETIME>` and, where it is needed, `<REV>`. What is filled in leads nowhere else: neither a topic `..` nor a host
 * with a slash.
 */
export function filenameTemplate(options: FilenameOptions, subject: FilenameSubject): string {
  const { topic, hostname, pid } = subject;
  const shortHostname = pathPart(hostname.split(".")[0] ?? "");
  const identifier = options.hostIdentifier === ""
    ? shortHostname
    : options.hostIdentifier.replaceAll("<SHORT_HOST>", () => shortHostname)
      .replaceAll("<HOSTNAME>", () => pathPart(hostname));
  const format = options.needsRevision
    ? options.filenameFormat
    : options.filenameFormat.replaceAll(REVISION, "");
  const template = format.split("/").map((part) => {
    const filled = part.replaceAll("<TOPIC>", () => pathPart(topic))
      .replaceAll("<HOST>", () => identifier)
      .replaceAll("<PID>", String(pid));
    // Where the operator's own words lead is the operator's choice.
    const own = part.includes("<HOST>") ? options.hostIdentifier.split("/") : [part];
    return filled.split("/").map((each) => own.includes(each) ? each : notUpwards(each)).join("/");
  }).join("/");
  return options.gzip && !template.endsWith(".gz") ? `${template}.gz` : template;
}

/** Replaces `<DATETIME>`. */
export function filenameAt(template: string, datetimeFormat: string, time: Date): string {
  return template.replaceAll("<DATETIME>", () => strftime(datetimeFormat, time));
}

/** Replaces `<REV>` by `-000000`, `-000001` ... */
export function withRevision(filename: string, revision: number): string {
  const digits = String(revision).padStart(REVISION_DIGITS, "0");
  return filename.replaceAll(REVISION, `-${digits}`);
}
