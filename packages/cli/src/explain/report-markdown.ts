import { markdownText } from "../terminal/markdown.js";
import { safeText } from "../terminal/safe-text.js";
import type { Block, Mark, Report } from "./report.js";

const SIGNS: Readonly<Record<Mark, string>> = { allows: "✓", denies: "✗", maybe: "?", none: "" };

/** A report as Markdown for a ticket. Names and descriptions from the inventory cannot format, link or mention anything in it. */
export function reportMarkdown(report: Report): string {
  const blocks = [
    `## ${prose(report.title)}`,
    ...report.answer.map((sentence) => `**${prose(sentence)}**`),
    ...report.steps.flatMap(({ heading, blocks }, index) => [
      `### ${index + 1}. ${prose(heading)}`,
      ...blocks.map(blockText),
    ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "text":
      return prose(block.text);
    case "facts":
      return block.facts.map(([label, value]) => `- ${prose(label)}: ${prose(value)}`).join("\n");
    case "rows":
      return [
        line(["", ...block.columns.map(prose)]),
        line(["---", ...block.columns.map(() => "---")]),
        ...block.rows.map(({ mark, cells }) => line([SIGNS[mark], ...cells.map(cell)])),
      ].join("\n");
  }
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/**
 * What GitHub, GitLab and Jira turn into links, mentions and pictures wherever it stands, save in code: `@name`, `#1`, `!1`, `%1`, `~label`,
 * `$1`, `&1`, `^alert#1`, `*iteration:1`, `[issue:1]` (GitLab Flavored Markdown, "GitLab-specific references"), `GH-1`, `KEY-1`, addresses
 * and `:emoji:`. Commit hashes cannot be told from other ids, and lead to nothing but a commit.
 */
const ACTIVE = /[@#!%~$&^*[]\S|:\/\/|[wW]{3}\.|\b[A-Z][A-Z0-9_]*-\d|:[\w+-]*[a-z+-][\w+-]*:/;
/** What begins a list, quotation, heading, rule or command to the tracker (`/close`) at the start of a paragraph. */
const LEADING = /^(?:[-+>#=/]|\d+[.)](?= |$))/;

function prose(content: string): string {
  const words = content.split(" ").map((word) => (ACTIVE.test(word) ? code(word) : markdownText(word)));
  return words.join(" ").replace(LEADING, (found) => `${found.slice(0, -1)}\\${found.slice(-1)}`);
}

/** As inline code, around which no run of backticks in the text can close it. */
function code(content: string): string {
  const safe = safeText(content);
  const longest = Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const padded = safe.startsWith("`") || safe.endsWith("`") ? ` ${safe} ` : safe;
  return `${fence}${padded}${fence}`;
}

/** A backslash before a bar would undo the bar's own, so they are parted. */
function cell(content: string): string {
  return content === "" ? "" : code(content).replaceAll("\\|", "\\ |").replaceAll("|", "\\|");
}
