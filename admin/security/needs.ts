import { COMMON_NEEDS } from "../../lib/access/common_needs.ts";
import type { Need, Needs } from "../../lib/access/roles.ts";

/** Looks, and the pages that people look at. */
const READ = [
  ...["/", "/topics", "/topics/:topic", "/topics/:topic/:channel", "/nodes", "/nodes/:node"],
  ...["/counter", "/lookup", "/policies", "/static/:asset", "/render"],
  ...["/api/topics", "/api/topics/:topic", "/api/topics/:topic/:channel", "/api/nodes"],
  ...["/api/nodes/:node", "/api/counter", "/api/graphite"],
  ...["/api/console/overview", "/api/console/topics/:topic"],
  ...["/api/console/topics/:topic/:channel", "/api/console/nodes", "/api/console/nodes/:node"],
  ...["/api/console/counter", "/api/console/policies", "/api/console/lookup"],
  ...["/api/console/effective", "/api/console/nodes/:node/drain"],
];

/** What each call of the console needs of whoever makes it; what it does to the cluster it does with a token of its own. */
export const ADMIN_NEEDS: Needs = {
  ...COMMON_NEEDS,
  ...Object.fromEntries(
    READ.map((path): [string, Need] => [
      `GET ${path}`,
      path.includes("/:topic") ? "read for topic" : "read",
    ]),
  ),
  "GET /config/:opt": "operate",

  "POST /api/console/topics/:topic/publish": "publish for topic",
  "POST /api/console/topics/:topic/tail": "consume for topic",
  "POST /api/console/peek": "consume",

  // What empties or deletes needs admin: their handlers see to that.
  "POST /api/topics": "operate",
  "POST /api/topics/:topic": "operate for topic",
  "POST /api/topics/:topic/:channel": "operate for topic",
  "POST /api/console/actions": "operate",
  "POST /api/console/messages": "operate",
  "POST /api/console/nodes/:node/drain": "operate",
  "DELETE /api/console/nodes/:node/drain": "operate",
  "DELETE /api/console/nodes/:node": "operate",

  "DELETE /api/topics/:topic": "admin for topic",
  "DELETE /api/topics/:topic/:channel": "admin for topic",
  "DELETE /api/nodes/:node": "admin",
  "POST /api/console/policies": "admin",
  "DELETE /api/console/policies/:name": "admin",
  "PUT /config/:opt": "admin",
};
