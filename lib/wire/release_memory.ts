/** Gives memory back now, not at some later collection; on Node 20, which cannot, at a later one. What lay in it is gone. */
export function releaseMemory(buffer: ArrayBuffer): void {
  (buffer as Partial<Pick<ArrayBuffer, "transfer">>).transfer?.(0);
}
