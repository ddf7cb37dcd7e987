import type { ReactNode } from "react";
import type { Preview } from "../data/preview.ts";
import { CopyButton } from "../parts/copy-button.tsx";

/** The names of an image: its digest, and the key under which Daytona keeps its build. */
interface NamesProps {
  preview: Preview;
  before?: Preview;
  /** Whether a server masked secrets in the definition. */
  isMasked?: boolean;
}

export function Names({ preview, before, isMasked }: NamesProps): ReactNode {
  const { resolved } = preview;
  const unknown = unknownUntil(preview);
  return (
    <div className="pithy-names">
      <dl>
        <Name
          what="image digest"
          value={resolved?.imageDigest}
          before={before?.resolved?.imageDigest}
          unknown={unknown}
        />
        <Name
          what="snapshot ref"
          value={resolved?.snapshotRef}
          before={before?.resolved?.snapshotRef}
          unknown={unknown}
        />
      </dl>
      {(isMasked || preview.exact) && (
        <p className="pithy-quiet">
          Secrets are masked here as <code>***</code>. The names are those of the image with them
          {isMasked && ", and cannot be computed from this page"}.
        </p>
      )}
    </div>
  );
}

interface NameProps {
  what: string;
  value?: string;
  before?: string;
  unknown: string;
}

function Name({ what, value, before, unknown }: NameProps): ReactNode {
  return (
    <div className="pithy-name">
      <dt>{what}</dt>
      <dd>
        {value === undefined ? (
          <span className="pithy-quiet">{unknown}</span>
        ) : (
          <>
            <code title={value}>{value}</code>
            <CopyButton text={value} what={what} />
            {before !== undefined && <span className="pithy-quiet">{before === value ? "as before" : "changed"}</span>}
          </>
        )}
      </dd>
    </div>
  );
}

/** Why there are no names. */
function unknownUntil({ needs, problems }: Preview): string {
  if (problems.length) return "unknown until the problems are solved";
  return needs.length ? "unknown until the files are here" : "being computed…";
}
