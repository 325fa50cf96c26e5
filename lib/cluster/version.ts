const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * Orders two versions as semver.org does: negative when `a` is older. What is no version counts as
 * 0.0.0.
 */
export function compareVersions(a: string, b: string): number {
  const left = parse(a), right = parse(b);
  for (const [at, number] of left.numbers.entries()) {
    const difference = number - right.numbers[at]!;
    if (difference !== 0) return difference;
  }
  return comparePrereleases(left.prerelease, right.prerelease);
}

function parse(text: string): { numbers: number[]; prerelease: string[] } {
  const match = VERSION.exec(text);
  if (match === null) return { numbers: [0, 0, 0], prerelease: [] };
  const [, major, minor, patch, prerelease] = match;
  return {
    numbers: [major, minor, patch].map(Number),
    prerelease: prerelease === undefined ? [] : prerelease.split("."),
  };
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length; // a release is the newer one
  for (const [at, part] of a.entries()) {
    const other = b[at];
    if (other === undefined) return 1;
    if (part !== other) return compareParts(part, other);
  }
  return a.length - b.length;
}

function compareParts(a: string, b: string): number {
  const isNumber = (part: string) => /^\d+$/.test(part);
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return a < b ? -1 : 1;
}
