import { PathListing } from "../ingest/input-listing.js";
import type { S3Requests } from "../s3/s3-buckets.js";
import { isS3Path, S3Location } from "../s3/s3-location.js";
import type { SourceRequest } from "./source-options.js";

interface ListingRequest {
  readonly except: readonly string[];
  readonly request: SourceRequest;
  readonly onNote: (text: string) => void;
  /** Told after each list of a bucket what it took. */
  readonly onRequests?: (requests: S3Requests) => void;
}

/** The inputs of the paths, standard input aside. */
export function listingOf(
  paths: readonly string[],
  { except, request, onNote, onRequests }: ListingRequest,
): PathListing {
  const { selection, s3 } = request;
  const locations = new Map(paths.filter(isS3Path).map((path) => [path, S3Location.parse(path)]));
  return new PathListing(paths, {
    except,
    selection,
    listS3: async function* (path, report) {
      const location = locations.get(path);
      if (location === undefined) return;
      const { listS3, noObjects, S3Buckets } = await import("../s3/s3-access.js");
      const buckets = new S3Buckets(s3);
      try {
        let found = false;
        for await (const input of listS3(buckets, location, selection, { onNote })) {
          found = true;
          yield input;
        }
        if (found) return;
        // A quiet day is no mistake, a prefix that nothing begins with is one.
        const there = await listS3(buckets, location, {}, { onNote: () => undefined }).next();
        if (there.done === true) report.problem(noObjects(path));
        else onNote(`${path}: there are no flow logs of the wanted time, accounts and regions in it`);
      } finally {
        onRequests?.(buckets.requests);
        await buckets.destroy();
      }
    },
  });
}
