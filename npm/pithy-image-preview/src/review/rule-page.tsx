import { type Context, createContext, type ReactNode, useContext } from "react";
import type { RulePage } from "../spec.ts";
import { Prose } from "../text/prose.tsx";
import { visible, visibleInline } from "../text/visible.ts";

/** The pages of rules, by their codes. */
export const RulePages: Context<Readonly<Record<string, RulePage>>> = createContext({});

/** The name of a rule, which opens its page if that is here. */
export function RuleName({ code }: { code: string }): ReactNode {
  const page = useContext(RulePages)[code];
  if (!page) return <code title={`npx pithy-image lint --explain ${visibleInline(code)}`}>{visibleInline(code)}</code>;
  return (
    <details className="pithy-rule">
      <summary>
        <code>{visibleInline(code)}</code>
      </summary>
      <p>
        <strong>
          <Prose text={page.title} />
        </strong>
      </p>
      {blocksOf(page.text).map((block) => (
        <Block key={block.text} {...block} />
      ))}
    </details>
  );
}

interface BlockProps {
  kind: "code" | "heading" | "text";
  text: string;
}

function Block({ kind, text }: BlockProps): ReactNode {
  if (kind === "code") {
    return (
      <pre className="pithy-text">
        <code>{visible(text)}</code>
      </pre>
    );
  }
  return <p>{kind === "heading" ? <strong>{text}</strong> : <Prose text={text} />}</p>;
}

const FENCE = /^```\w*\n([\s\S]*?)^```$/m;

/** The parts of a page: rules are written with code, headings and paragraphs alone. */
function blocksOf(markdown: string): BlockProps[] {
  return markdown.split(FENCE).flatMap((part, index): BlockProps[] => {
    if (index % 2) return [{ kind: "code", text: part.trimEnd() }];
    const paragraphs = part.split(/\n{2,}/).map((text) => text.trim());
    return paragraphs.filter(Boolean).map((text) => {
      const heading = /^#+ (.*)$/.exec(text)?.[1];
      return heading ? { kind: "heading", text: heading } : { kind: "text", text };
    });
  });
}
