import { type AzureFlowGroup, type AzureRecordHeader, Parked, parseAzureTuple } from "@tributary/flow";
import { MAX_FIREHOSE_RECORD_BYTES, packedDocumentBudget, paddedRecord, provenanceBytes } from "@tributary/transform";

/** What one blob record gives to pack: see `PackedAzureRecord`. */
export interface AzurePackingInput {
  readonly blob: string;
  readonly offset: number;
  readonly source?: string;
  readonly header: AzureRecordHeader;
  readonly groups: readonly AzureFlowGroup[];
}

export interface AzurePackingLimits {
  /** What the transform may answer for one batch, bytes of base64 and all. */
  readonly responseBudgetBytes: number;
  /** Upper estimate of the OCSF JSON that one tuple of the group becomes, bytes. */
  readonly documentBytes: (header: AzureRecordHeader, group: AzureFlowGroup) => number;
}

/** A Firehose record of some tuples, or tuples that no Firehose record can hold. */
export type AzurePacking =
  | { readonly kind: "packed"; readonly data: string; readonly tuples: number }
  | { readonly kind: "parked"; readonly parked: Parked; readonly tuples: number };

const DAY_MS = 86_400_000;
const NEWLINE_BYTES = 1;

/**
 * Packs the tuples of one blob record into Firehose records: every tuple once and in order, each record of one UTC day, at most 4 % of
 * the response budget when expanded, and padded with spaces so that any batch of 0.2 MB fits. A tuple that cannot be parsed goes with
 * the tuple before it. A tuple that exceeds 1,000 KiB with its header and rule is parked (`too-large`).
 */
export function* packAzureRecord(input: AzurePackingInput, limits: AzurePackingLimits): Generator<AzurePacking> {
  const packer = new RecordText(input);
  const documentBudget = packedDocumentBudget(limits.responseBudgetBytes);
  const addedBytes = NEWLINE_BYTES + provenanceBytes(input.source);
  for (const group of input.groups) {
    const documentBytes = limits.documentBytes(input.header, group) + addedBytes;
    for (const [at, tuple] of group.tuples.entries()) {
      const parsed = parseAzureTuple(input.header.layout, tuple);
      const day = parsed instanceof Parked ? undefined : Math.floor(parsed.time / DAY_MS);
      const piece = new TuplePiece(group, group.first + at, tuple, day, documentBytes);
      const crowded = packer.documentBytes + documentBytes > documentBudget;
      if (packer.tuples > 0 && (crowded || packer.isOtherDay(day) || !packer.hasRoom(piece))) yield packer.take();
      if (packer.hasRoom(piece)) packer.add(piece);
      else yield tooLarge(piece, packer.sizeWith(piece));
    }
  }
  if (packer.tuples > 0) yield packer.take();
}

function tooLarge(piece: TuplePiece, bytes: number): AzurePacking {
  const { flow, group } = piece.group;
  const where = `flow ${flow}, group ${group}, tuple ${piece.index}`;
  const message = `${where}: ${bytes} bytes with header and rule, but Firehose takes ${MAX_FIREHOSE_RECORD_BYTES}`;
  return { kind: "parked", parked: new Parked("too-large", message, piece.tuple), tuples: 1 };
}

/** One tuple, and what it adds to a record. */
class TuplePiece {
  readonly json: string;
  readonly bytes: number;

  constructor(
    readonly group: AzureFlowGroup,
    readonly index: number,
    readonly tuple: string,
    readonly day: number | undefined,
    readonly documentBytes: number,
  ) {
    this.json = JSON.stringify(tuple);
    this.bytes = Buffer.byteLength(this.json);
  }
}

/** The JSON text of one packed record while it grows; its size is known at every step, without writing it twice. */
class RecordText {
  tuples = 0;
  documentBytes = 0;
  private readonly head: string;
  private readonly headBytes: number;
  private body = "";
  private bytes: number;
  private day: number | undefined;
  private group: AzureFlowGroup | undefined;
  private groupHead: { readonly of: AzureFlowGroup; readonly bytes: number } | undefined;

  constructor({ blob, offset, source, header }: AzurePackingInput) {
    // Without a source, JSON leaves its key out.
    const opened = JSON.stringify({ tributary: { v: 1, kind: "azure" }, blob, offset, source, header });
    this.head = `${opened.slice(0, -1)},"groups":[`;
    this.headBytes = Buffer.byteLength(this.head) + 2; // and `]}`
    this.bytes = this.headBytes;
  }

  isOtherDay(day: number | undefined): boolean {
    return day !== undefined && this.day !== undefined && day !== this.day;
  }

  hasRoom(piece: TuplePiece): boolean {
    return this.sizeWith(piece) <= MAX_FIREHOSE_RECORD_BYTES;
  }

  /** Bytes of the record with one tuple more, before padding. */
  sizeWith(piece: TuplePiece): number {
    if (piece.group === this.group) return this.bytes + 1 + piece.bytes;
    if (this.groupHead?.of !== piece.group) {
      this.groupHead = { of: piece.group, bytes: Buffer.byteLength(groupHead(piece.group, Number.MAX_SAFE_INTEGER)) };
    }
    return this.bytes + this.groupHead.bytes + 3 + piece.bytes; // `]}` and a comma between groups
  }

  add(piece: TuplePiece): void {
    this.bytes = this.sizeWith(piece);
    if (piece.group === this.group) {
      this.body += `,${piece.json}`;
    } else {
      this.body += `${this.group === undefined ? "" : "]},"}${groupHead(piece.group, piece.index)}${piece.json}`;
      this.group = piece.group;
    }
    this.tuples++;
    this.documentBytes += piece.documentBytes;
    this.day ??= piece.day;
  }

  /** The record so far, padded; the next one starts empty. */
  take(): AzurePacking {
    const data = paddedRecord(`${this.head}${this.body}]}]}`, this.documentBytes);
    const taken: AzurePacking = { kind: "packed", data, tuples: this.tuples };
    this.tuples = 0;
    this.documentBytes = 0;
    this.body = "";
    this.bytes = this.headBytes;
    this.day = undefined;
    this.group = undefined;
    return taken;
  }
}

/** `{"flow":0,…,"tuples":[`: a group up to its first tuple. */
function groupHead({ tuples: _, ...labels }: AzureFlowGroup, first: number): string {
  return `${JSON.stringify({ ...labels, first }).slice(0, -1)},"tuples":[`;
}
