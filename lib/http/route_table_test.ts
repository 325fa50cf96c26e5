import { strictEqual as equal } from "node:assert/strict";
import { RouteTable } from "./route_table.ts";

function table(): RouteTable {
  const routes = new RouteTable();
  routes.add("GET", "/ping");
  routes.add("GET", "/config/:opt");
  routes.add("PUT", "/config/:opt");
  routes.add("POST", "/topic/create");
  routes.add("GET", "/debug/pprof/");
  return routes;
}

Deno.test("RouteTable lists the other methods of a path, OPTIONS among them", () => {
  equal(table().allowed("/ping", "POST"), "GET, OPTIONS");
  equal(table().allowed("/config/x", "DELETE"), "GET, OPTIONS, PUT");
  equal(table().allowed("/config/x", "GET"), "OPTIONS, PUT");
  equal(table().allowed("/config/", "DELETE"), "");
  equal(table().allowed("/nope", "GET"), "");
});

Deno.test("RouteTable corrects slashes, dots and case for the method asked for", () => {
  const cases: [string, string, string | undefined][] = [
    ["GET", "/ping/", "/ping"],
    ["GET", "/PING", "/ping"],
    ["GET", "//ping//", "/ping"],
    ["GET", "/a/../ping", "/ping"],
    ["GET", "/../ping/.", "/ping"],
    ["GET", "/debug/pprof", "/debug/pprof/"],
    ["GET", "/Config/Some%20Name/", "/config/Some%20Name"],
    ["POST", "/Topic/Create/", "/topic/create"],
    ["POST", "/ping/", undefined],
    ["GET", "/config/", undefined],
    ["GET", "/config/a/b", undefined],
    ["GET", "/", undefined],
    ["HEAD", "/ping/", undefined],
  ];
  for (const [method, path, corrected] of cases) {
    equal(table().corrected(method, path), corrected, `${method} ${path}`);
  }
});
