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
