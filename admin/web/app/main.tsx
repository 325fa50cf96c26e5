/** The console in the browser. */
import { render } from "preact";
import { keepFocus } from "./focus_keeper.ts";
import { listenForKeys } from "./keys.ts";
import { Layout } from "./layout.tsx";
import { ChannelPage } from "./pages/channel.tsx";
import { CounterPage } from "./pages/counter.tsx";
import { LookupPage } from "./pages/lookup.tsx";
import { NodePage } from "./pages/node.tsx";
import { NodesPage } from "./pages/nodes.tsx";
import { PoliciesPage } from "./pages/policies.tsx";
import { StreamsPage } from "./pages/streams.tsx";
import { TopicPage } from "./pages/topic.tsx";
import { UnknownPage } from "./pages/unknown.tsx";
import { type Route, routeOf, useLocation } from "./router.ts";
import { applyTheme } from "./theme.ts";

function Console() {
  const { path, query } = useLocation();
  const route = routeOf(path);
  return <Layout route={route}>{pageOf(route, query)}</Layout>;
}

/** Keys make a page about something else a new page, without the old one's figures. */
function pageOf(route: Route, query: URLSearchParams) {
  switch (route.page) {
    case "streams":
      return <StreamsPage key="streams" query={query} />;
    case "topic":
      return <TopicPage key={route.topic} topic={route.topic} />;
    case "channel":
      return <ChannelPage key={`${route.topic} ${route.channel}`} {...route} />;
    case "nodes":
      return <NodesPage key="nodes" />;
    case "node":
      return <NodePage key={route.node} node={route.node} />;
    case "counter":
      return <CounterPage key="counter" />;
    case "lookup":
      return <LookupPage key="lookup" />;
    case "policies":
      return <PoliciesPage key="policies" />;
    case "unknown":
      return <UnknownPage />;
  }
}

applyTheme();
listenForKeys();
keepFocus();
render(<Console />, document.getElementById("app")!);
