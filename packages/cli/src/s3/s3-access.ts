/** All that calls a store of objects, with the AWS SDK: to be imported only by commands that were given such a path, and dynamically. */
export { listS3, noObjects } from "./list-s3.js";
export { S3Buckets, type S3Requests } from "./s3-buckets.js";
export { isAmazonS3 } from "./s3-client.js";
export { S3Store } from "./s3-store.js";
