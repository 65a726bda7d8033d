/** What every file of the corpus must give. A flow is one VPC line or one Azure tuple. */
export interface ExpectedInput {
  readonly kind: string;
  readonly delivered: number;
  readonly skipped?: Readonly<Record<string, number>>;
  readonly parked?: Readonly<Record<string, number>>;
}

const azure = (delivered: number): ExpectedInput => ({ kind: "azure-blob", delivered });
const lines = (delivered: number, rest: Omit<ExpectedInput, "kind" | "delivered"> = {}): ExpectedInput => ({
  kind: "vpc-lines",
  delivered,
  ...rest,
});

export const EXPECTED_INPUTS: Readonly<Record<string, ExpectedInput>> = {
  "azure/growth/snapshot-0.json": azure(0),
  "azure/growth/snapshot-1.json": azure(15),
  "azure/growth/snapshot-2.json": azure(30),
  "azure/growth/snapshot-3.json": azure(50),
  "azure/growth/snapshot-4.json": azure(68),
  "azure/growth/snapshot-5.json": azure(76),
  "azure/nsg-v1-PT1H.json": azure(12),
  "azure/nsg-v1-empty-rules-PT1H.json": azure(7),
  "azure/nsg-v2-PT1H.json": azure(11),
  "azure/nsg-v2-bandwidth-example-PT1H.json": azure(3),
  "azure/seed-000-mixed-PT1H.json": azure(2),
  "azure/vnet-v4-bandwidth-example-seconds-empty-counters.json": azure(3),
  "azure/vnet-v4-constructed-edge-PT1H.json": azure(18),
  // None of the nine tuples is whole.
  "azure/vnet-v4-constructed-malformed-tuples.json": { kind: "azure-blob", delivered: 0, parked: { "bad-tuple": 9 } },
  "azure/vnet-v4-real-PT1H.json": azure(76),
  // Neither start nor end is among the 17 fields, and the file's name gives no time.
  "vpc/custom-17-transit-gateway.log": lines(0, { parked: { "no-time": 4 } }),
  "vpc/custom-21-tcp-flags.log": lines(8, { skipped: { nodata: 1, skipdata: 1 } }),
  "vpc/custom-29-traffic-path.log": lines(2),
  // Six fields: no account, no time; the account is missed first.
  "vpc/custom-6-nat-gateway.log": lines(0, { parked: { "no-account": 6 } }),
  "vpc/cwl-control-message.json": { kind: "logs-envelope", delivered: 0, skipped: { "control-message": 1 } },
  "vpc/cwl-subscription-envelope.json": { kind: "logs-envelope", delivered: 5, skipped: { nodata: 1, skipdata: 1 } },
  // One line is of the account `unknown`.
  "vpc/default-v2-constructed-edge.log": lines(7, { parked: { "no-account": 1 } }),
  "vpc/default-v2.log": lines(45, { skipped: { nodata: 2, skipdata: 2 } }),
  "vpc/firehose-direct-records.jsonl": { kind: "firehose-records", delivered: 14, skipped: { nodata: 1 } },
  "vpc/firehose-lambda-event-cwl-gzip.json": {
    kind: "firehose-event",
    delivered: 5,
    skipped: { "control-message": 1, nodata: 1, skipdata: 1 },
  },
  "vpc/firehose-lambda-event.json": { kind: "firehose-event", delivered: 14, skipped: { nodata: 1 } },
  // Its NODATA and SKIPDATA lines carry traffic, so they are flows.
  "vpc/full-39-v7-ecs.log": lines(10),
  "vpc/full-42-v10.log": lines(58, { skipped: { nodata: 1, skipdata: 1 } }),
  "vpc/full-54-v11.log": lines(45, { skipped: { nodata: 1, skipdata: 1 } }),
  "vpc/netflow-18.log": lines(50, { skipped: { nodata: 2, skipdata: 2 } }),
  "vpc/select-all-29-alphabetical-constructed-edge.log": lines(17, { skipped: { nodata: 1, skipdata: 1 } }),
  "vpc/select-all-29-alphabetical.log": lines(95),
  "vpc/tgw-36-v6-not-vpc.log": lines(0, { parked: { "transit-gateway": 3 } }),
};

const EVENT_GRID = /^Event Grid events/;
const DEFENDER = /^a Defender for Cloud export/;

/** The other files, and what they must be recognised as. */
export const EXPECTED_OTHERS: readonly (readonly [path: RegExp, what: RegExp])[] = [
  [/^README\.md$/, /^text that is no flow log/],
  [/^azure\/blob-paths\.txt$/, /^text that is no flow log/],
  [/^vpc\/s3-paths\.txt$/, /^text that is no flow log/],
  [/^azure\/growth\/blocklists\.json$/, /^JSON that is no flow log/],
  [/^defender\/.+\.jsonl?$/, DEFENDER],
  [/^eventgrid\/.+\.json$/, EVENT_GRID],
];
