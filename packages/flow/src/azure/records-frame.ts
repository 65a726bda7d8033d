const OPENER = new TextEncoder().encode('{"records":[');
/** Steps of the opener: after its brace, within the key's quotes, after the key. */
const AFTER_BRACE = 1;
const AFTER_QUOTE = 2;
const AFTER_KEY = 10;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * What stands around the records of a blob: white space, commas, closers, and the opener `{"records":[`, at the top and, as
 * records may nest, between records too. Microsoft's version 1 example even has `"records":[` there without its brace.
 */
export class RecordsFrame {
  /** Whether the last thing seen was the document's own closer, `]}`. */
  closed = false;
  private openWrappers = 0;
  private lastSeparator = COMMA;
  private step = 0;
  private bare = false;

  /** `startOffset`: absolute offset of the first byte, where a byte order mark may stand. */
  constructor(private readonly startOffset: number) {}

  /** Whether a byte between two records is nothing to read; counts closers. */
  isSeparator(byte: number, offset: number): boolean {
    if (isSpace(byte)) return true;
    if (byte === CLOSE_OBJECT) {
      if (this.lastSeparator === CLOSE_ARRAY) {
        this.openWrappers = Math.max(0, this.openWrappers - 1);
        this.closed = this.openWrappers === 0;
      }
    } else if (byte === COMMA || byte === OPEN_ARRAY || byte === CLOSE_ARRAY) {
      this.closed = false;
    } else {
      return offset - this.startOffset < 3 && byte === BYTE_ORDER_MARK[offset - this.startOffset];
    }
    this.lastSeparator = byte;
    return true;
  }

  /** Starts to match an opener at its first byte; false when none begins with it. */
  beginsOpener(byte: number): boolean {
    this.closed = false;
    this.bare = byte === QUOTE;
    this.step = this.bare ? AFTER_QUOTE : AFTER_BRACE;
    return this.bare || byte === OPEN_OBJECT;
  }

  /** Matches the opener's next byte. On `no` the byte is not taken: it belongs to a record, or to nothing when the opener was bare. */
  matchOpener(byte: number): "whole" | "so far" | "no" {
    if (byte === OPENER[this.step]) {
      this.step++;
      if (this.step < OPENER.length) return "so far";
      if (!this.bare) this.openWrappers++;
      this.lastSeparator = OPEN_ARRAY;
      return "whole";
    }
    return !this.insideKey && isSpace(byte) ? "so far" : "no";
  }

  /** Whether matching stopped inside the quotes of the opener's key. */
  get insideKey(): boolean {
    return this.step >= AFTER_QUOTE && this.step < AFTER_KEY;
  }

  /** Whether the opener being matched lacks its brace, so that it cannot be a record instead. */
  get bareOpener(): boolean {
    return this.bare;
  }
}

/** JSON white space. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
