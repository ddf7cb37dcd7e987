import { type ReactNode, useEffect, useState } from "react";

/** Copies a text, and says that it did. */
export function CopyButton({ text, what }: { text: string; what: string }): ReactNode {
  const [said, setSaid] = useState<"copied" | "failed">();
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(undefined), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid("copied"),
      () => setSaid("failed"),
    );
  const label = said === "copied" ? "Copied" : said === "failed" ? "Not allowed" : "Copy";
  return (
    <>
      <button type="button" className="pithy-button pithy-small" aria-label={`${label} ${what}`} onClick={copy}>
        {label}
      </button>
      <span role="status" className="pithy-unseen">
        {said === "copied" ? `The ${what} is in the clipboard.` : said && `The ${what} could not be copied.`}
      </span>
    </>
  );
}
