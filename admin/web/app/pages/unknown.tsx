/** An address that is no page's. */
import { useEffect } from "preact/hooks";
import { url } from "../config.ts";
import { titleOf } from "../layout.tsx";

export function UnknownPage() {
  useEffect(() => {
    document.title = titleOf("No such page");
  }, []);
  return (
    <>
      <div class="title">
        <h1>There is no such page</h1>
      </div>
      <p class="note">
        <code>{location.pathname}</code> is no address of this console. See{" "}
        <a href={url`/`}>Streams</a> for all topics, or <a href={url`/nodes`}>Nodes</a>{" "}
        for all nsqds.
      </p>
    </>
  );
}
