import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { createLogger } from "../log/logger.ts";
import { TokenGuard } from "./guard.ts";
import { Tokens } from "./tokens.ts";

Deno.test("a route that no table names cannot be added", () => {
  const logger = createLogger({ level: 5, prefix: "", format: "text" });
  const guard = new TokenGuard(new Tokens("unread"), {
    path: "unread",
    needs: { "GET /a": "read" },
    logger,
  });
  deepEqual(typeof guard.forRoute("GET", "/a"), "function");
  throws(() => guard.forRoute("POST", "/a"), /no role is named for POST \/a/);
});
