/** From `--filename-format` to the names of a topic's files. */

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

/** Whether a format has the `<REV>` that it may need. */
export function hasRevision(filenameFormat: string): boolean {
  return filenameFormat.includes(REVISION);
}

/** Replaces all but `<DATETIME>` and, where it is needed, `<REV>`. */
export function filenameTemplate(options: FilenameOptions, subject: FilenameSubject): string {
  const { topic, hostname, pid } = subject;
  const shortHostname = hostname.split(".")[0] ?? "";
  const identifier = options.hostIdentifier === ""
    ? shortHostname
    : options.hostIdentifier.replaceAll("<SHORT_HOST>", () => shortHostname)
      .replaceAll("<HOSTNAME>", () => hostname);
  const format = options.needsRevision
    ? options.filenameFormat
    : options.filenameFormat.replaceAll(REVISION, "");
  const template = format.replaceAll("<TOPIC>", () => topic)
    .replaceAll("<HOST>", () => identifier)
    .replaceAll("<PID>", String(pid));
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
