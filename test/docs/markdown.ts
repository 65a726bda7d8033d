/** A fenced code block: the word after its fence, and its text. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

const FENCED = /^```([^\n]*)\n(.*?)^```$/gms;

/** The fenced code blocks of a page, in order. */
export function codeBlocks(page: string): readonly CodeBlock[] {
  return [...page.matchAll(FENCED)].map(([, language = "", text = ""]) => ({ language, text }));
}

/** The page without its fenced code blocks. */
export function prose(page: string): string {
  return page.replace(FENCED, "");
}

/** The inline code spans of a page. */
export function codeSpans(page: string): readonly string[] {
  return [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
}

/** Targets of links and images. */
export function linkTargets(page: string): readonly string[] {
  const text = prose(page).replace(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/(?:src|href|srcset)="([^"]+)"/g)].map(
    ([, target = ""]) => target,
  );
}

/** The anchors that GitHub gives to a page's headings. */
export function anchors(page: string): readonly string[] {
  return [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The cells of the table below a heading row that starts with the given names. */
export function tableRows(page: string, ...names: readonly string[]): readonly (readonly string[])[] {
  const lines = page.split("\n");
  const heading = lines.findIndex((line) => names.every((name, column) => cells(line)[column] === name));
  if (heading < 0) return [];
  const end = lines.findIndex((line, at) => at > heading && !line.startsWith("|"));
  return lines.slice(heading + 2, end < 0 ? undefined : end).map(cells);
}

function cells(line: string): readonly string[] {
  return line
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());
}
