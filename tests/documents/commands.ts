/** The commands that stand in documents. */

/** One command, with the document it is from. */
export interface Command {
  readonly document: string;
  /** Without the comment behind it; lines that belong together are one. */
  readonly text: string;
}

/** The commands of all blocks for a shell. @throws Error for a quote that is not closed */
export function commandsIn(document: string, markdown: string): Command[] {
  const blocks = markdown.matchAll(/^```sh\n([^]*?)^```/gm);
  return Array.from(blocks).flatMap(([, block = ""]) =>
    commandLines(document, block).map((text) => ({ document, text }))
  );
}

function commandLines(document: string, block: string): string[] {
  const commands: string[] = [];
  let text = "", quote = "";
  for (let at = 0; at < block.length; at++) {
    const char = block[at]!;
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else if (char === "#" && /(^|\s)$/.test(text)) {
      at = block.indexOf("\n", at) - 1;
      continue;
    } else if (char === "\n" && !text.endsWith("\\")) {
      if (text.trim() !== "") commands.push(text.trim());
      text = "";
      continue;
    }
    text += char;
  }
  if (quote !== "") throw new Error(`${document}: a quote is not closed: ${text}`);
  return commands;
}
