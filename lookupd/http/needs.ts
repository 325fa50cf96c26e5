import { COMMON_NEEDS, DEBUG_NEEDS } from "../../lib/access/common_needs.ts";
import type { Needs } from "../../lib/access/roles.ts";

/** What each call of lookupd's HTTP API needs of whoever makes it; README.md has the same. */
export const LOOKUPD_NEEDS: Needs = {
  ...COMMON_NEEDS,
  ...DEBUG_NEEDS,
  "GET /info": "read",
  "GET /lookup": "read for topic",
  "GET /topics": "read",
  "GET /channels": "read for topic",
  "GET /nodes": "read",
  "GET /debug": "read",

  "POST /topic/create": "operate for topic",
  "POST /channel/create": "operate for topic",

  "POST /topic/tombstone": "admin for topic",
  "POST /topic/delete": "admin for topic",
  "POST /channel/delete": "admin for topic",
};
