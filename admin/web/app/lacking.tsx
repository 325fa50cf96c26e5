/** Figures that are old, and sums that lack something: they say so. */
import type { Lacking, LastFigures, NodeShare } from "../../console/contract.ts";
import { clock, count } from "./format.ts";

/** A row that may be lost, or lack something. */
export interface Uncertain {
  /** Of one node: when it answered last. */
  lost?: NodeShare["lost"];
  /** Of several: what the sums lack, */
  lacking?: Lacking | null;
  /** and how many nodes they are made of. */
  nodes?: number;
}

/** "12:04:05", or in words that nothing is known of before. */
export function since(atMs: number): string {
  return atMs === 0 ? "the console started" : clock(atMs);
}

/** "127.0.0.1:4151", or "2 nodes". */
function whoLacks({ nodes }: Lacking): string {
  return nodes.length === 1 ? nodes[0]! : `${nodes.length} nodes`;
}

/** "+ 127.0.0.1:4151, unknown since 12:04:05, last 1,104": what is to be added to a sum. */
export function lackOf(lacking: Lacking, key: keyof LastFigures): string {
  const { sinceMs, isPartlyUnknown, last, nodes } = lacking;
  const when = `unknown since ${since(sinceMs)}`;
  if (isPartlyUnknown && nodes.length === 1) return `+ ${whoLacks(lacking)}, ${when}`;
  return `+ ${whoLacks(lacking)}, ${when}, last ${count(last[key])}` +
    (isPartlyUnknown ? " or more" : "");
}

/** Whether nothing of it is known but what lost nodes said last. */
export function isOld({ lost, lacking, nodes }: Uncertain): boolean {
  return !!lost || !!lacking && nodes === 0;
}

/** A figure of a row, with what it lacks, or in the looks of an old one. */
export function Figure(
  { row, value, of, format = count }: {
    row: Uncertain;
    value: number;
    of: keyof LastFigures;
    format?: (value: number) => string;
  },
) {
  const { lost, lacking } = row;
  if (lost) return <Old value={value} sinceMs={lost.sinceMs} format={format} />;
  if (!lacking) return <>{format(value)}</>;
  if (isOld(row)) {
    return <Old value={lacking.last[of]} sinceMs={lacking.sinceMs} format={format} />;
  }
  return (
    <>
      {format(value)}
      {(lacking.last[of] > 0 || of === "depth") && (
        <span class="sub lack" title={lackOf(lacking, of)}>
          {lacking.isPartlyUnknown ? "+ ?" : `+ ${format(lacking.last[of])} last`}
        </span>
      )}
    </>
  );
}

function Old(
  { value, sinceMs, format }: {
    value: number;
    sinceMs: number;
    format(value: number): string;
  },
) {
  if (sinceMs === 0) return <span title="not known since the console started">?</span>;
  return <span class="old" title={`at ${clock(sinceMs)}`}>{format(value)}</span>;
}

/** Beside the name of a row: how old its figures are, or what they lack. */
export function Uncertainty({ row }: { row: Uncertain }) {
  const { lost, lacking } = row;
  const sinceMs = lost?.sinceMs ?? lacking?.sinceMs;
  if (sinceMs === undefined) return null;
  if (isOld(row)) {
    const text = sinceMs === 0 ? "lost, not known" : `lost, figures of ${clock(sinceMs)}`;
    return <span class="tag error" title={lacking?.nodes.join(", ")}>{text}</span>;
  }
  return (
    <span class="tag error" title={lackOf(lacking!, "depth")}>
      without {whoLacks(lacking!)}
    </span>
  );
}

/** What all sums of a page lack, once, with the figure that matters most. */
export function LackNote({ lacking, depth }: { lacking: Lacking | null; depth: number }) {
  if (lacking === null) return null;
  return (
    <p class="note error">
      {count(depth)} waiting {lackOf(lacking, "depth")}
    </p>
  );
}

/** A sum on its own, with what it lacks under it. */
export function Sum(
  { value, of, lacking, nodes, format = count }: {
    value: number;
    of: keyof LastFigures;
    lacking: Lacking | null;
    /** How many nodes it is made of. */
    nodes: number;
    format?(value: number): string;
  },
) {
  if (lacking === null) return <>{nodes === 0 && value === 0 ? "–" : format(value)}</>;
  if (nodes > 0) {
    return (
      <>
        {format(value)}
        {(lacking.isPartlyUnknown || lacking.last[of] > 0) && (
          <span class="sub lack" title={lackOf(lacking, of)}>
            {lacking.last[of] > 0 ? `+ ${format(lacking.last[of])} last` : "+ ?"}
          </span>
        )}
      </>
    );
  }
  if (lacking.sinceMs === 0 && lacking.nodes.length === 1) {
    return (
      <>
        ? <span class="sub lack">not known since the console started</span>
      </>
    );
  }
  return (
    <>
      <span class="old">{format(lacking.last[of])}</span>{" "}
      <span class="sub lack">
        at {since(lacking.sinceMs)}, not known now{lacking.isPartlyUnknown && ", or more"}
      </span>
    </>
  );
}
