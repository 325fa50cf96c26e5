/** What can run out, by the code of the system's error, and where its limit is. */
const MISSING: Record<string, string> = {
  EMFILE: "the process has reached its limit of open files (ulimit -n)",
  ENFILE: "the system has reached its limit of open files (fs.file-max)",
  ENOBUFS: "the system has no memory left for sockets",
  ENOMEM: "the system has no memory left",
};

/** What the system lacked when it gave this error; undefined if nothing was lacking. Only time brings it back. */
export function missingResource(error: unknown): string | undefined {
  return MISSING[(error as { code?: string }).code ?? ""];
}
