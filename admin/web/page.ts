/** The HTML that every address of the console answers with: the pages themselves are made in the browser. */
import { escapeHtml } from "../../lib/http/respond.ts";
import { NSQ_VERSION, PROJECT_VERSION } from "../../lib/version.ts";
import type { AdminOptions } from "../option_table.ts";
import type { PageConfig } from "./page_config.ts";

/** What the page says of itself to its own script. */
export function pageConfig(
  options: AdminOptions,
  basePath: string,
  isAdmin: boolean,
): PageConfig {
  const base = basePath === "/" ? "" : basePath;
  return {
    version: `${NSQ_VERSION} · nsq-ts ${PROJECT_VERSION}`,
    basePath: base,
    isAdmin,
    clusterName: options.clusterName,
    environmentColour: options.environmentColour,
    lookupds: [...options.nsqlookupdHttpAddresses],
    graph: options.graphiteUrl === "" ? null : {
      url: options.proxyGraphite ? base : options.graphiteUrl,
      statsdIntervalSec: Math.max(1, options.statsdIntervalMs / 1000),
      counterFormat: options.statsdCounterFormat,
      gaugeFormat: options.statsdGaugeFormat,
      prefix: options.statsdPrefix,
    },
  };
}

/** @param versions of the assets, so that browsers may keep them for ever */
export function renderPage(
  config: PageConfig,
  versions: { script: string; style: string; icon: string },
): string {
  const asset = (name: string, version: string) =>
    escapeHtml(`${config.basePath}/static/${name}?v=${version}`);
  const topics = escapeHtml(`${config.basePath}/api/topics`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="nsq-config" content="${escapeHtml(JSON.stringify(config))}">
<title>NSQ</title>
<link rel="icon" href="${asset("icon.svg", versions.icon)}">
<link rel="stylesheet" href="${asset("console.css", versions.style)}">
<script defer src="${asset("console.js", versions.script)}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The console needs JavaScript. Its figures are also at ${topics}.</noscript>
</body>
</html>
`;
}

/**
 * Nothing from elsewhere, nothing inline, and nobody may frame it.
 *
 * @param graphiteUrl from where graphs are shown; "" for nowhere
 */
export function contentSecurityPolicy(graphiteUrl: string): string {
  const images = graphiteUrl === "" ? "" : " " + new URL(graphiteUrl).origin;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    `img-src 'self'${images}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
