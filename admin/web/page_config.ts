/** What the server says in the page about itself; written by `page.ts`, read by `app/config.ts`. */

/** Content of `<meta name="nsq-config">`. */
export interface PageConfig {
  version: string;
  /** Without a slash at the end; empty for the root. */
  basePath: string;
  /** Whether this visitor may change things. */
  isAdmin: boolean;
  /** "" for none. */
  clusterName: string;
  environmentColour: string;
  lookupds: string[];
  graph: GraphConfig | null;
}

/** Where graphite has the cluster's figures. */
export interface GraphConfig {
  /** Base of `/render`: graphite's, or this server's when it passes requests on. */
  url: string;
  statsdIntervalSec: number;
  counterFormat: string;
  gaugeFormat: string;
  prefix: string;
}
