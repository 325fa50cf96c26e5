/** The daemons' HTTP ports are taken for one another: each knows calls that the other has not. */

const LOOKUPD = ["/topics", "/channels", "/nodes", "/lookup"];
const NSQD = ["/stats"];

/** What to say behind an answer if it looks like that of the other daemon; else "". @param text all of the answer */
export function wrongDaemon(status: number, text: string, url: string): string {
  if (status !== 404 || !text.includes('"NOT_FOUND"')) return "";
  const { pathname } = new URL(url);
  if (LOOKUPD.includes(pathname)) return " - is it nsqd's HTTP port in place of nsqlookupd's?";
  if (NSQD.includes(pathname)) return " - is it nsqlookupd's HTTP port in place of nsqd's?";
  return "";
}
