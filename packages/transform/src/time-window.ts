const DAY = 86_400_000;
// The first VPC flow log is of 2015, its documentation's examples of 2014; years beyond 2099 are misread numbers.
const EARLIEST = Date.UTC(2010, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** Why a flow's time cannot be accepted, or undefined. All in ms since the epoch; without a window only impossible times are refused. */
export function timeProblem(
  time: number,
  arrivalTime: number,
  window: { readonly pastDays: number; readonly futureDays: number } | undefined,
): string | undefined {
  if (time < EARLIEST || time >= LATEST) {
    return `time ${time} ms is not between 2010 and 2100: check the unit (VPC flow logs count seconds, Azure's milliseconds)`;
  }
  if (window === undefined) return undefined;
  if (time < arrivalTime - window.pastDays * DAY) {
    return `${new Date(time).toISOString()} is more than ${window.pastDays} days before its arrival: widen the window to load old logs`;
  }
  if (time > arrivalTime + window.futureDays * DAY) {
    return `${new Date(time).toISOString()} is more than ${window.futureDays} days after its arrival: check the clock of what wrote it`;
  }
  return undefined;
}
