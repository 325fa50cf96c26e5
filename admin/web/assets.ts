/**
 * The files of the pages. `scripts/bundle_web.ts` makes them in `dist/web/`, from where they are
 * read when the program runs from source; `scripts/compile.ts` puts them inside the executable.
 */
import { join } from "node:path";
import type { Logger } from "../../lib/log/logger.ts";

/** What a page needs, and nothing else is served. */
export const ASSET_TYPES = {
  "console.js": "text/javascript; charset=utf-8",
  "console.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;
export type AssetName = keyof typeof ASSET_TYPES;

export interface Asset {
  bytes: Uint8Array<ArrayBuffer>;
  /** Different for every content. */
  version: string;
}

const BUILT_IN = Deno.build.standalone
  ? join(import.meta.dirname!, "web")
  : join(import.meta.dirname!, "..", "..", "dist", "web");

/** Reads the files, once; from a folder that somebody works in, anew each time. */
export class Assets {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #isKept: boolean;
  readonly #kept = new Map<AssetName, Promise<Asset>>();

  /** @param devStaticDir folder to read from in place of the built-in files; "" for those */
  constructor(devStaticDir: string, logger: Logger) {
    this.#logger = logger;
    this.#folder = devStaticDir || BUILT_IN;
    this.#isKept = devStaticDir === "";
  }

  /** Why a page cannot be had from the folder that is to be read from; "" when it can, or when the files are the built-in ones. */
  missing(): string {
    if (this.#isKept) return "";
    const absent = Object.keys(ASSET_TYPES).filter((name) => {
      try {
        return !Deno.statSync(join(this.#folder, name)).isFile;
      } catch {
        return true; // whatever the reason is, it cannot be read
      }
    });
    return absent.length === 0 ? "" : `${this.#folder} has no ${absent.join(", ")}`;
  }

  /** @throws Deno.errors.NotFound when the files were not made yet */
  get(name: AssetName): Promise<Asset> {
    if (!this.#isKept) {
      this.#logger.debug(
        `using dev dir ${JSON.stringify(this.#folder)} for static asset ${JSON.stringify(name)}`,
      );
      return this.#read(name);
    }
    let asset = this.#kept.get(name);
    if (asset === undefined) {
      this.#kept.set(name, asset = this.#read(name));
      asset.catch(() => this.#kept.delete(name));
    }
    return asset;
  }

  async #read(name: AssetName): Promise<Asset> {
    const bytes = await Deno.readFile(join(this.#folder, name));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return { bytes, version: digest.toHex().slice(0, 12) };
  }
}
