import type { RequestHandler } from "../../http/serve.ts";
import { respondJsonText, WholeResponse } from "../../http/respond.ts";

/** Answers every request over plain HTTP with where it is to go instead. @param httpsPort 0 if there is none */
export function refuseWithoutTls(httpsPort: () => number): RequestHandler {
  return {
    handle(): Promise<Response> {
      const { headers } = respondJsonText("");
      const body = `{"message": "TLS_REQUIRED", "https_port": ${httpsPort()}}`;
      return Promise.resolve(new WholeResponse(body, { status: 403, headers }));
    },
  };
}
