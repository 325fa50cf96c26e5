import type { CommandGroup } from "../session/group.ts";
import { AGE } from "./age.ts";
import { CLUSTER } from "./cluster.ts";
import { CONSUMERS } from "./consumers.ts";
import { DEAD } from "./dead.ts";
import { DEPTH } from "./depth.ts";
import { UNKNOWN } from "./finding.ts";
import { NODE } from "./node.ts";
import { TLS } from "./tls.ts";

/** `nsq check`. */
export const CHECK_GROUP: CommandGroup = {
  name: "check",
  summary:
    "Checks for monitoring systems and containers. Ends with 0 when all is well, 1 for a warning,\n" +
    "2 for what is critical, 3 when it cannot be told; prints one line with the figures behind a |.",
  actions: [NODE, CLUSTER, DEPTH, AGE, DEAD, CONSUMERS, TLS],
  // A check that could not be made has not found anything.
  exitCodes: { usage: UNKNOWN, failure: UNKNOWN },
};
