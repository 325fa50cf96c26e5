import { COMMON_NEEDS, DEBUG_NEEDS } from "../../access/common_needs.ts";
import type { Needs } from "../../access/roles.ts";

/** What each call of the broker's HTTP API needs of whoever makes it; docs/http-api.md has the same. */
export const NSQD_NEEDS: Needs = {
  ...COMMON_NEEDS,
  ...DEBUG_NEEDS,
  "GET /info": "read",
  "GET /stats": "read for topic",
  "GET /policy/list": "read",
  "GET /policy/effective": "read for topic",

  "POST /pub": "publish for topic",
  "POST /put": "publish for topic",
  "POST /mpub": "publish for topic",
  "POST /mput": "publish for topic",
  "POST /message/cancel": "publish for topic",

  "GET /channel/peek": "consume for topic",
  "GET /topic/peek": "consume for topic",
  "POST /channel/take": "consume for topic",
  "GET /channel/stream": "consume for topic",
  "POST /message/finish": "consume for topic",
  "POST /message/requeue": "consume for topic",
  "POST /message/touch": "consume for topic",

  "POST /topic/create": "operate for topic",
  "POST /topic/pause": "operate for topic",
  "POST /topic/unpause": "operate for topic",
  "POST /channel/create": "operate for topic",
  "POST /channel/pause": "operate for topic",
  "POST /channel/unpause": "operate for topic",
  "POST /channel/kick": "operate for topic",
  "POST /drain": "operate",
  "POST /drain/cancel": "operate",
  "GET /config/:opt": "operate",

  "POST /topic/empty": "admin for topic",
  "POST /topic/delete": "admin for topic",
  "POST /channel/empty": "admin for topic",
  "POST /channel/delete": "admin for topic",
  "POST /channel/seek": "admin for topic",
  "POST /channel/dead/empty": "admin for topic",
  "POST /message/delete": "admin for topic",
  "POST /policy/put": "admin",
  "POST /policy/delete": "admin",
  "PUT /config/:opt": "admin",
};
