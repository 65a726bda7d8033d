/** Limits of one PutRecordBatch call (Data Firehose API reference). */
export const MAX_PUT_RECORDS = 500;
export const MAX_PUT_BYTES = 4 * 1024 * 1024;

/** One PutRecordBatch call: which records were accepted, by index. A call that fails as a whole throws. */
export type PutRecordBatch<R> = (records: readonly R[]) => readonly boolean[] | Promise<readonly boolean[]>;

export interface PutOptions {
  /** Calls for one record, the first included. */
  readonly attempts: number;
  /** Waits before the given repetition (1 is the first). */
  readonly backOff: (repetition: number) => Promise<void>;
}

/**
 * Puts records in calls within the service's limits, and those that were refused again: PutRecordBatch accepts and refuses record by
 * record. Gives which were accepted in the end, by index; a call that throws counts as refusing all of its records.
 */
export async function putRecords<R extends { readonly data: Uint8Array }>(
  records: readonly R[],
  put: PutRecordBatch<R>,
  { attempts, backOff }: PutOptions,
): Promise<readonly boolean[]> {
  const accepted = records.map(() => false);
  let waiting = records.map((_, index) => index);
  for (let attempt = 1; waiting.length > 0 && attempt <= attempts; attempt++) {
    if (attempt > 1) await backOff(attempt - 1);
    for (const call of calls(records, waiting)) {
      const answers = await answersOf(
        put,
        call.flatMap((index) => records[index] ?? []),
      );
      call.forEach((index, position) => {
        accepted[index] = answers[position] === true;
      });
    }
    waiting = waiting.filter((index) => accepted[index] === false);
  }
  return accepted;
}

async function answersOf<R>(put: PutRecordBatch<R>, records: readonly R[]): Promise<readonly boolean[]> {
  try {
    return await put(records);
  } catch {
    // What became of them is unknown: putting them again may repeat flows, under the same uid.
    return [];
  }
}

function* calls(records: readonly { readonly data: Uint8Array }[], indexes: readonly number[]): Generator<number[]> {
  let call: number[] = [];
  let bytes = 0;
  for (const index of indexes) {
    const size = records[index]?.data.byteLength ?? 0;
    if (call.length > 0 && (call.length === MAX_PUT_RECORDS || bytes + size > MAX_PUT_BYTES)) {
      yield call;
      call = [];
      bytes = 0;
    }
    call.push(index);
    bytes += size;
  }
  if (call.length > 0) yield call;
}
