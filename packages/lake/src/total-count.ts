/** The sum of counts by whatever they are counted by, e.g. those of skipped flows by reason. */
export function totalCount(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
