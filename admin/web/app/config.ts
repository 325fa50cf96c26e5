/** What the server says in the page about itself, and the URLs that follow from it. */
/// <reference lib="dom" />
import type { PageConfig } from "../page_config.ts";

/** Reads the configuration of this page. */
export const config: PageConfig = JSON.parse(
  document.querySelector<HTMLMetaElement>('meta[name="nsq-config"]')!.content,
);

/** URL of a page or of the API; names in it are made safe. */
export function url(strings: TemplateStringsArray, ...names: (string | number)[]): string {
  return config.basePath +
    strings.reduce((text, part, at) => text + encodeURIComponent(names[at - 1] ?? "") + part);
}
