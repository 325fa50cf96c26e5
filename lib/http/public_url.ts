/** A URL for log lines and errors: without the password that may stand in it. */
export function publicUrl(url: string): string {
  return url.replace(/(:\/\/[^/?#@]*?):[^/?#]*@/, "$1:***@");
}
