/** Where something is not, or where nobody can say so. */
import type { Envelope, Presence } from "../../console/contract.ts";
import { url } from "./config.ts";
import { since } from "./lacking.tsx";

/** What is said of a topic or channel that no answering node has; nothing of others. */
export function Absence(
  { what, presence, view }: { what: "topic" | "channel"; presence: Presence; view: Envelope },
) {
  switch (presence) {
    case "here":
      return null;
    case "lost":
      return (
        <p class="note error" role="alert">
          Only nodes that do not answer have this{" "}
          {what}: these are the figures of their last answer.
        </p>
      );
    case "listed":
      return (
        <p class="note">
          No node has this {what}: only <a href={url`/lookup`}>lookupd</a> lists it.
        </p>
      );
    case "unknown":
      return (
        <p class="note">
          There is no such {what}: no node has it{view.listing.state === "fresh" &&
            what === "topic" && ", and no lookupd lists it"}. See <a href={url`/`}>Streams</a>{" "}
          for all that there are.
        </p>
      );
    case "unsure":
      return (
        <p class="note warning" role="alert">
          Not known whether there is such a {what}: not all who may know it answer.{" "}
          Those that do have none.
        </p>
      );
  }
}

/** What is known of the list of nodes and topics when no lookupd answers; nothing otherwise. */
export function OldListing({ view: { listing } }: { view: Envelope }) {
  const { state, atMs, silent } = listing;
  if (state === "fresh") return null;
  return (
    <p class="note error" role="alert">
      No lookupd answers ({silent.join(", ")}): {state === "unknown"
        ? "it is not known which nodes and topics there are."
        : `which nodes and topics there are is known as of ${since(atMs)}.`}
    </p>
  );
}
