import type { S3Settings } from "../s3/s3-client.js";
import { isS3Path } from "../s3/s3-location.js";
import { fileStore } from "./file-bytes.js";
import type { InputStore } from "./stored-bytes.js";

/** Where inputs are opened by their path: files, and objects as `s3://bucket/key`. */
export function inputStore(settings: S3Settings): InputStore {
  let objects: Promise<InputStore> | undefined;
  return {
    open: async (path) => {
      if (!isS3Path(path)) return fileStore.open(path);
      // The AWS SDK takes a while to load: only those who need it should wait.
      objects ??= import("../s3/s3-access.js").then(({ S3Store, S3Buckets }) => new S3Store(new S3Buckets(settings)));
      return (await objects).open(path);
    },
  };
}
