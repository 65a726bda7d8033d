import { LogPrefixes, type LogSelection, type PrefixStep, tellsTime, wantsKey } from "@tributary/flow";
import type { FoundInput } from "../ingest/input-files.js";
import type { InputProblem } from "../ingest/input-problem.js";
import type { S3Buckets } from "./s3-buckets.js";
import type { S3Location } from "./s3-location.js";
import { type ListedObject, type S3Page, type S3PageMark, s3Page } from "./s3-page.js";

/** Pages that are asked for ahead: most lists of a day are short, and the way to the store is long. */
const PAGES_AHEAD = 8;

export interface ListOptions {
  /** Told what the user should know of the list, once each. */
  readonly onNote: (text: string) => void;
}

/**
 * The objects at a location that may hold flows of a selection, in order of their keys (UTF-8), as they are asked for; a location that
 * is the whole key of an object gives this one alone, as `named`. Only the prefixes of the selection are listed. Throws
 * ConfigurationError and TributaryError.
 */
export async function* listS3(
  buckets: S3Buckets,
  location: S3Location,
  selection: LogSelection,
  { onNote }: ListOptions,
): AsyncGenerator<FoundInput> {
  const start = await startOf(buckets, location);
  if (start === undefined) return;
  if (typeof start !== "string") {
    yield inputOf(location, start, true);
    return;
  }
  const prefixes = new LogPrefixes(selection);
  const hasWindow = selection.from !== undefined || selection.to !== undefined;
  let saidTimeless = false;
  for await (const object of wantedObjects(prefixes, start, (step, after) => pageOf(buckets, location, step, after))) {
    const { key } = object;
    if (isFolderMarker(object) || !wantsKey(selection, key)) continue;
    if (hasWindow && !saidTimeless && !tellsTime(key)) {
      saidTimeless = true;
      onNote(
        `${location.pathOf(key)} and others like it do not tell by their keys when their flows were logged: they are read whatever --from and --to`,
      );
    }
    yield inputOf(location, object, false);
  }
  const [first, ...others] = prefixes.beside;
  if (first !== undefined) {
    const more = others.length === 0 ? "" : " and folders like it";
    onNote(
      `${location.pathOf(first)}${more} beside those of flow logs were only searched for such folders, and nothing else in them was read: name them to read all`,
    );
  }
}

/** Says of a path of the user that its list is empty. */
export function noObjects(path: string): InputProblem {
  const message =
    "there are no flow logs in it of the wanted time, accounts and regions: check the prefix, which is taken as it is, without wildcards";
  return { path, reason: "no-files", message };
}

/** The object that the location is, else the prefix where the list begins; undefined when nothing begins so. */
async function startOf(buckets: S3Buckets, location: S3Location): Promise<ListedObject | string | undefined> {
  const { prefix } = location;
  if (prefix === "" || prefix.endsWith("/")) return prefix;
  const firstBelow = async (below: string) =>
    (await s3Page(buckets, location, { prefix: below, maxKeys: 1 })).objects[0];
  const first = await firstBelow(prefix);
  if (first === undefined || first.key === prefix) return first;
  // A folder's whole name is that folder, not also others that begin so.
  const folder = `${prefix}/`;
  return first.key.startsWith(folder) || (await firstBelow(folder)) !== undefined ? folder : prefix;
}

type AskPage = (step: PrefixStep, after: S3PageMark | undefined) => Promise<S3Page>;

/** A page that is to be asked for, or has been. */
interface ListTask {
  readonly step: PrefixStep;
  readonly after?: S3PageMark;
  page?: Promise<S3Page>;
}

type Task = ListTask | ListedObject;

async function* wantedObjects(prefixes: LogPrefixes, start: string, ask: AskPage): AsyncGenerator<ListedObject> {
  // What is to be given, the next last: pages give way to what they hold.
  const tasks: Task[] = prefixes.start(start).map((step) => ({ step }));
  tasks.reverse();
  for (;;) {
    askAhead(tasks, ask);
    const task = tasks.pop();
    if (task === undefined) return;
    if (!("step" in task)) {
      yield task;
      continue;
    }
    const found = tasksOf(prefixes, task, await (task.page ?? ask(task.step, task.after)));
    for (const next of found.reverse()) tasks.push(next);
  }
}

function askAhead(tasks: readonly Task[], ask: AskPage): void {
  let ahead = 0;
  for (let index = tasks.length - 1; index >= 0 && ahead < PAGES_AHEAD; index--) {
    const task = tasks[index];
    if (task === undefined || !("step" in task)) continue;
    ahead++;
    if (task.page !== undefined) continue;
    task.page = ask(task.step, task.after);
    // Its error is met when its turn comes; there is no turn when the list is left before.
    task.page.catch(() => {});
  }
}

/** What a page leads to, in order. */
function tasksOf(prefixes: LogPrefixes, { step, after }: ListTask, page: S3Page): Task[] {
  const { objects, folders, next } = page;
  if (!step.level) return [...objects, ...(next === undefined ? [] : [{ step, after: next }])];
  const below = prefixes.below(step, folders);
  // Only folders of a layout are looked for beside one, and a level of many folders has none.
  if (step.beside) return (below ?? []).map((each) => ({ step: each }));
  if (below === undefined && after === undefined) return [{ step: { ...step, level: false } }];
  const steps = below ?? folders.map((prefix) => ({ ...step, prefix, level: false }));
  const tasks = merged(objects, steps);
  return next === undefined ? tasks : [...tasks, { step, after: next }];
}

function merged(objects: readonly ListedObject[], steps: readonly PrefixStep[]): Task[] {
  if (steps.length === 0) return [...objects];
  const tasks: Task[] = [];
  let at = 0;
  for (const step of steps) {
    for (; at < objects.length; at++) {
      const object = objects[at];
      if (object === undefined || Buffer.compare(Buffer.from(object.key), Buffer.from(step.prefix)) > 0) break;
      tasks.push(object);
    }
    tasks.push({ step });
  }
  return [...tasks, ...objects.slice(at)];
}

function pageOf(buckets: S3Buckets, location: S3Location, step: PrefixStep, after: S3PageMark | undefined) {
  const { prefix, level } = step;
  return s3Page(buckets, location, { prefix, level, ...(after === undefined ? {} : { after }) });
}

/** Objects that tools put in place of folders. */
function isFolderMarker({ key, size }: ListedObject): boolean {
  return key.endsWith("/") || (size === 0 && key.endsWith("_$folder$"));
}

function inputOf(location: S3Location, { key, size, etag }: ListedObject, named: boolean): FoundInput {
  return { path: location.pathOf(key), size, named, ...(etag === undefined ? {} : { etag }) };
}
