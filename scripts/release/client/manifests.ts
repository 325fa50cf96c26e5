/** What registries read of the client library. */

import { CLIENT_ENTRY } from "./sources.ts";

/** The library's name, on JSR and npm. */
const CLIENT_NAME = "@nsq-ts/client";

/** In an npm package: the script, and the declarations' folder. */
export const SCRIPT = "client.js";
export const TYPES_FOLDER = "types";
export const LICENCES_FOLDER = "licenses";

const ABOUT = {
  description: "A client of NSQ: consumers and producers that survive the loss of any nsqd",
  license: "MIT",
};

/** `package.json`. Nothing has to be installed beside it. */
export function packageJson(version: string): object {
  const types = `./${TYPES_FOLDER}/${CLIENT_ENTRY.replace(/\.ts$/, ".d.ts")}`;
  return {
    name: CLIENT_NAME,
    version,
    ...ABOUT,
    keywords: ["nsq", "nsqd", "queue", "messaging", "pubsub"],
    type: "module",
    engines: { node: ">=20.3" }, // AbortSignal.any
    main: `./${SCRIPT}`,
    types,
    exports: { ".": { types, default: `./${SCRIPT}` }, "./package.json": "./package.json" },
    files: [SCRIPT, TYPES_FOLDER, LICENCES_FOLDER],
    sideEffects: false,
  };
}

/** What the sources take from the project: packages, and how they are checked. */
export interface ProjectSettings {
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: object;
}

/** `deno.json`. */
export function denoJson(version: string, settings: ProjectSettings): object {
  return {
    name: CLIENT_NAME,
    version,
    license: ABOUT.license,
    exports: `./${CLIENT_ENTRY}`,
    ...settings,
    publish: { include: ["lib", "README.md", "LICENSE"] },
  };
}
