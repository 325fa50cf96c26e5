/** The console's addresses and files. */
import type { RequestContext } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { HttpRequest } from "../../lib/http/request.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import { ASSET_TYPES, type AssetName, Assets } from "./assets.ts";
import { contentSecurityPolicy, pageConfig, renderPage } from "./page.ts";

/** Where people may be, or come back to. */
const PAGES = [
  "/",
  "/topics",
  "/topics/:topic",
  "/topics/:topic/:channel",
  "/nodes",
  "/nodes/:node",
  "/counter",
  "/lookup",
  "/policies",
];

const NOT_BUILT = `The console's pages are not built: run "deno task web" first, then reload.
The API works without them.
`;

/** Adds the pages; the same HTML for all of them. */
export function addPageRoutes(api: AdminApi, host: AdminHost): void {
  const { options } = host;
  const assets = new Assets(options.devStaticDir, host.logger);
  const missing = assets.missing();
  if (missing !== "") {
    host.logger.warn(`--dev-static-dir: ${missing}: pages are answered with 503 until it has`);
  }

  const page = async (request: HttpRequest, status = 200) => {
    const files = await Promise.all([
      assets.get("console.js"),
      assets.get("console.css"),
      assets.get("icon.svg"),
    ]).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (files === undefined) throw new HttpError(503, NOT_BUILT);
    const [script, style, icon] = files.map(({ version }) => version) as [string, string, string];
    const config = pageConfig(options, api.basePath, host.isAdmin(request));
    return new Response(renderPage(config, { script, style, icon }), {
      status,
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": contentSecurityPolicy(
          options.proxyGraphite ? "" : options.graphiteUrl,
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        // It says who asked, and which files are the newest.
        "Cache-Control": "no-store",
      },
    });
  };
  const known = ({ req }: RequestContext) => page(req.raw);
  for (const path of PAGES) api.route("GET", path, known, { plainText: true });
  api.unknownPage(async (request) => {
    try {
      return await page(request, 404);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return new Response(error.message, { status: error.status });
    }
  });

  api.route("GET", "/static/:asset", async ({ req }) => {
    const name = req.param("asset")!;
    if (!Object.hasOwn(ASSET_TYPES, name)) throw new HttpError(404, "NOT_FOUND");
    const { bytes, version } = await assets.get(name as AssetName);
    const isKnown = req.query("v") === version;
    return new Response(bytes, {
      headers: {
        "Content-Type": ASSET_TYPES[name as AssetName],
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": isKnown ? "public, max-age=31536000, immutable" : "no-cache",
      },
    });
  }, { plainText: true, logged: false });
}
