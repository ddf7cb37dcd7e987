import bash from "highlight.js/lib/languages/bash";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import json from "highlight.js/lib/languages/json";
import { createLowlight } from "lowlight";

const lowlight = createLowlight({ bash, dockerfile, json });

/** Text of one color. */
export interface Token {
  text: string;
  /** Class of highlight.js, such as `hljs-keyword`. */
  className?: string;
}

type Node = ReturnType<typeof lowlight.highlight>["children"][number];

/**
 * Lines of a Dockerfile: an instruction, or what stands between two. A comment inside an instruction would end it for
 * highlight.js, and the lines of a heredoc would be instructions.
 */
export function highlightDockerfile(text: string): Token[][] {
  const lines = text.split("\n");
  const isAside = (line: string, index: number) => index > 0 && /^\s*(#|$)/.test(line);
  const last = lines.findIndex((line, index) => !isAside(line, index) && !/[\\`][\s␍]*$/.test(line));
  const head = last < 0 ? lines : lines.slice(0, last + 1);
  const shown = highlight("dockerfile", head.map((line, index) => (isAside(line, index) ? "\\" : line)).join("\n"));
  return lines.map((line, index) => {
    if (index < head.length && !isAside(line, index)) return shown[index] ?? [];
    if (line === "") return [];
    return [{ text: line, ...(index < head.length && { className: "hljs-comment" }) }];
  });
}

/** Highlighted text, a list of tokens for each line. */
export function highlight(language: "dockerfile" | "json", text: string): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokens(lowlight.highlight(language, text).children)) {
    token.text.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ ...token, text: part });
    });
  }
  return lines;
}

function tokens(nodes: readonly Node[], className?: string): Token[] {
  return nodes.flatMap((node) => {
    if (node.type === "text") return [{ text: node.value, className }];
    if (node.type !== "element") return [];
    const [own] = [node.properties.className].flat();
    return tokens(node.children, typeof own === "string" ? own : className);
  });
}
