/** How a table is set so that it fits: as it is, tightly, or as cards. */
import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

export type Fit = "wide" | "tight" | "cards";

const NEXT: Record<Fit, Fit> = { wide: "tight", tight: "cards", cards: "cards" };

/**
 * Nothing may be cut off, whatever names and numbers a table holds: where it is wider than its box it
 * takes the next way, before it is painted. It begins anew when the room or the columns change.
 *
 * @param columns something that changes with them
 */
export function useFit(box: RefObject<HTMLElement | null>, columns: string): Fit {
  // An object: to be "wide" once more means to be measured once more.
  const [{ fit }, setState] = useState<{ fit: Fit }>({ fit: "wide" });
  const setFit = (next: Fit) => setState({ fit: next });
  useLayoutEffect(() => {
    const element = box.current!;
    let width = element.clientWidth;
    setFit("wide");
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      setFit("wide");
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [columns]);
  useLayoutEffect(() => {
    const { scrollWidth, clientWidth } = box.current!;
    if (fit !== "cards" && scrollWidth > clientWidth + 1) setFit(NEXT[fit]);
  });
  return fit;
}
