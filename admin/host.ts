import type { Connection } from "../lib/http/api.ts";
import type { TokenGuard } from "../lib/access/guard.ts";
import type { Cluster } from "../lib/cluster/cluster.ts";
import type { Logger } from "../lib/log/logger.ts";
import type { ActionNotice } from "./notifier.ts";
import type { AdminOptions } from "./option_table.ts";
import type { JsonClient } from "../lib/http/json_client.ts";
import type { HttpRequest } from "../lib/http/request.ts";

/** What routes ask of the admin that they belong to. */
export interface AdminHost {
  readonly options: AdminOptions;
  readonly logger: Logger;
  readonly cluster: Cluster;
  /** For what is not of the cluster, such as graphite. */
  readonly client: JsonClient;
  /** Who may call what, by `--http-auth-file`; null: everybody everything. */
  readonly guard: TokenGuard | null;
  /** Whether the sender may change things: `--admin-user`, `--acl-http-header`. */
  isAdmin(request: HttpRequest): boolean;
  /** Tells `--notification-http-endpoint`, if there is one, of a change. Returns at once. */
  notify(action: ActionNotice, request: HttpRequest, connection: Connection): void;
  /** Takes over what PUT /config has set. */
  configure(change: Partial<Pick<AdminOptions, "logLevel" | "nsqlookupdHttpAddresses">>): void;
}
