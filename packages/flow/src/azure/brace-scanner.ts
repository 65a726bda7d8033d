const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Finds where a JSON object ends by counting braces outside strings, over bytes that arrive in pieces. Multi-byte characters need
 * no decoding: UTF-8 uses no ASCII byte inside them.
 */
export class BraceScanner {
  /** Braces open so far; 0 after the object's own closing brace. */
  depth = 0;
  private inString = false;
  private escaped = false;

  /** Starts over inside an object that is `depth` braces deep, within a string or not. */
  reset(depth = 0, inString = false): void {
    this.depth = depth;
    this.inString = inString;
    this.escaped = false;
  }

  /** Reads on from index `from`; returns the index after the brace that ends the object, or the length when it goes on. */
  scan(bytes: Uint8Array, from: number): number {
    // Nearly all bytes stand in strings, and Buffer's indexOf passes over them several times faster than a loop does.
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = buffer.length;
    let i = from;
    if (this.inString) i = this.skipString(buffer, i);
    while (i < length) {
      const byte = buffer[i++];
      if (byte === QUOTE) {
        this.inString = true;
        i = this.skipString(buffer, i);
      } else if (byte === OPEN) {
        this.depth++;
      } else if (byte === CLOSE && --this.depth === 0) {
        return i;
      }
    }
    return length;
  }

  /** Index after the string's closing quote, or the length when the string goes on. */
  private skipString(buffer: Buffer, from: number): number {
    let i = from;
    if (this.escaped && i < buffer.length) {
      this.escaped = false;
      i++;
    }
    for (;;) {
      const quote = buffer.indexOf(QUOTE, i);
      const end = quote < 0 ? buffer.length : quote;
      let text = end;
      while (text > i && buffer[text - 1] === BACKSLASH) text--;
      const escaped = (end - text) % 2 === 1;
      if (quote < 0) {
        this.escaped = escaped;
        return end;
      }
      i = quote + 1;
      if (!escaped) {
        this.inString = false;
        return i;
      }
    }
  }
}
