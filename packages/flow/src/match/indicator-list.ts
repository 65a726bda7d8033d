import { FormatError } from "../tributary-error.js";
import { type MatchTerm, parseMatchTerm } from "./match-term.js";
import { packedTerms } from "./packed-terms.js";

/** Far above any list in use, far below what memory holds. */
const MOST_LINES = 1_000_000;

const BYTE_ORDER_MARK = "\uFEFF";
const COMMENT = /(?:^|\s)#.*$/;
/** A first line that names the columns. */
const HEADING = /^(?:ip|ips|ips?[ _-]?address(?:es)?|address(?:es)?|cidrs?|hosts?|indicators?|iocs?|value|network)$/i;
const LINK = /^[a-z][a-z0-9+.-]*(?:\[:\]|:)\/\//i;

/**
 * Terms from a list of indicators, one a line, of which one is enough: `#` begins a comment, blank lines are left out, and of a line with
 * commas its first column counts. Dots and colons may be defanged (`198.51.100[.]7`). A bare number may be a port as well as
 * something else's column, so that ports are written `port:443` here. `name` stands in messages. Gives each term once, the IPv4 addresses
 * of one end as one. Throws FormatError `bad-indicator` with the line's number.
 */
export function parseIndicators(content: string, name: string): readonly MatchTerm[] {
  const terms = packedTerms(indicators(content, name));
  if (terms.length === 0) {
    throw new FormatError("bad-indicator", `${name} holds no indicator: write one address or CIDR on each line`);
  }
  return terms;
}

function* indicators(content: string, name: string): Generator<MatchTerm> {
  let isFirst = true;
  let number = 0;
  for (let at = 0, end = 0; at < content.length; at = end + 1) {
    end = content.indexOf("\n", at);
    if (end < 0) end = content.length;
    if (++number > MOST_LINES) {
      throw new FormatError(
        "bad-indicator",
        `${name} has more than ${MOST_LINES} lines: search with a shorter list, or with blocks in place of addresses`,
      );
    }
    const line = content.slice(at, end);
    const word = firstColumn(number === 1 && line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line);
    if (word === "") continue;
    if (!isFirst || !HEADING.test(word)) yield indicator(word, () => `${name}, line ${number}`);
    isFirst = false;
  }
}

function firstColumn(line: string): string {
  const column = (line.trim().replace(COMMENT, "").split(",", 1)[0] ?? "").trim();
  return column.length > 1 && column.startsWith('"') && column.endsWith('"') ? column.slice(1, -1).trim() : column;
}

function indicator(word: string, where: () => string): MatchTerm {
  if (LINK.test(word)) {
    throw new FormatError(
      "bad-indicator",
      `${where()}: ${quoted(word)} is a link, and flow logs hold no names: give its host's address, or remove the line`,
    );
  }
  if (/^\d{1,5}(?:-\d{1,5})?$/.test(word)) {
    throw new FormatError(
      "bad-indicator",
      `${where()}: ${quoted(word)} is a bare number: write port:${word} for a port, or put the addresses into the first column`,
    );
  }
  try {
    return parseMatchTerm(
      word.replaceAll(/[[({]\s*(\.|:|dot)\s*[\])}]/gi, (_, mark: string) => (mark === ":" ? ":" : ".")),
    );
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(
      "bad-indicator",
      `${where()}: ${quoted(word)} is no address, CIDR or other term: correct the line, or put # before it`,
    );
  }
}

const quoted = (word: string): string => JSON.stringify(word.length > 80 ? `${word.slice(0, 80)}…` : word);
