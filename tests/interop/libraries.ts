/** The client libraries under test: what each needs, how it is installed and how it is started. */
import { join } from "node:path";

/** One client library. `directory` is where the sources of its program have been copied to. */
export interface Library {
  /** package name, as its users know it */
  name: string;
  /** folder under `programs/`; libraries of the same folder share one installation */
  folder: string;
  /** programs that must be on the PATH */
  tools: readonly string[];
  /** commands that install it, each run in `directory` */
  install(directory: string): readonly (readonly string[])[];
  /** command that runs a job, which is to be added as the last argument */
  command(directory: string): readonly string[];
}

const python = (name: string): Library => ({
  name,
  folder: "python",
  tools: ["python3"],
  install: (directory) => [
    ["python3", "-m", "venv", "venv"],
    [
      join(directory, "venv/bin/python"),
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      ...["--requirement", "requirements.txt"],
    ],
  ],
  command: (directory) => [
    join(directory, "venv/bin/python"),
    join(directory, `with_${name}.py`),
  ],
});

export const goNsq: Library = {
  name: "go-nsq",
  folder: "go",
  tools: ["go"],
  install: () => [["go", "build", "-mod=readonly", "-buildvcs=false", "-o", "interop", "."]],
  command: (directory) => [join(directory, "interop")],
};

export const nsqjs: Library = {
  name: "nsqjs",
  folder: "node",
  tools: ["node", "npm"],
  // Snappy is its optional dependency: an addon that comes compiled for each platform.
  install: () => [["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]],
  command: (directory) => ["node", join(directory, "main.cjs")],
};

export const pynsq: Library = python("pynsq");
export const ansq: Library = python("ansq");

export const libraries: readonly Library[] = [goNsq, nsqjs, pynsq, ansq];
