import { type ReactNode, useId, useMemo, useRef, useState } from "react";
import { type Comparison, compare, firstRebuilt } from "./compare.ts";
import { CopyButton } from "./copy-button.tsx";
import { DefinitionEditor } from "./definition-editor.tsx";
import { Dockerfile } from "./dockerfile.tsx";
import { DropZone } from "./drop-zone.tsx";
import { fileTree, ignoredTree, ROOT } from "./file-tree.ts";
import { MarkedJson, placedIn } from "./marked-json.tsx";
import { Names } from "./names.tsx";
import type { Preview } from "./preview.ts";
import { useSelection } from "./selection.ts";
import { bytes } from "./size.ts";
import type { PreviewSpec } from "./spec.ts";
import { count } from "./step.ts";
import { Steps } from "./steps.tsx";
import { useStyles } from "./styles.ts";
import { TreeView } from "./tree-view.tsx";
import { type LivePreview, usePreview } from "./use-preview.ts";

/** What an {@link ImagePreview} shows. */
export interface ImagePreviewProps {
  /** The image. Without one, a definition can be pasted or opened. Keep the object: another one begins anew. */
  spec?: PreviewSpec;
  /** An earlier state of the image: what changed since then is marked. */
  baseline?: PreviewSpec;
  /** Light or dark, whatever the reader prefers. */
  theme?: "light" | "dark";
  /** Heading; `Image` when not given. */
  title?: string;
  /** A message above everything, such as why what is shown is not the newest. */
  notice?: ReactNode;
  /** A class of the outermost element. */
  className?: string;
}

/**
 * Shows an image to the person who reviews it: what is in it, what a change does, whether something is wrong.
 *
 * @example
 * ```tsx
 * <ImagePreview spec={await previewSpec(image)} baseline={before} />
 * ```
 */
export function ImagePreview(props: ImagePreviewProps): ReactNode {
  const element = useRef<HTMLDivElement>(null);
  const isStyled = useStyles(element);
  const [opened, setOpened] = useState<PreviewSpec>();
  const [text, setText] = useState("");
  const spec = props.spec ?? opened;
  return (
    <div ref={element} className={`pithy ${props.className ?? ""}`} data-pithy-theme={props.theme}>
      {isStyled && props.notice && (
        <div role="status" className="pithy-notice">
          {props.notice}
        </div>
      )}
      {isStyled && spec && (
        <Shown {...props} spec={spec} onClose={props.spec ? undefined : () => setOpened(undefined)} />
      )}
      {isStyled && !spec && <DefinitionEditor text={text} onText={setText} onSpec={setOpened} />}
    </div>
  );
}

interface ShownProps extends ImagePreviewProps {
  spec: PreviewSpec;
  onClose?: () => void;
}

function Shown({ spec, baseline, title = "Image", onClose }: ShownProps): ReactNode {
  const before = usePreview(baseline).preview;
  const live = usePreview(spec);
  const { preview, failure } = live;
  if (!preview) return null;
  return (
    <>
      <header className="pithy-head">
        <div className="pithy-title">
          <h2>{title}</h2>
          {onClose && (
            <button type="button" className="pithy-button pithy-small" onClick={onClose}>
              Edit the definition
            </button>
          )}
        </div>
        <Names preview={preview} before={before} />
      </header>
      {failure && (
        <p role="alert" className="pithy-notice">
          {failure}
        </p>
      )}
      <Problems preview={preview} />
      <Panels live={live} preview={preview} before={baseline && before} />
    </>
  );
}

/** What is wrong with the definition or its files, where it is. */
function Problems({ preview: { definition, problems } }: { preview: Preview }): ReactNode {
  const text = useMemo(() => JSON.stringify(definition, null, 2), [definition]);
  const placed = useMemo(() => placedIn(text, problems), [text, problems]);
  if (placed.length === 0) return null;
  return (
    <section className="pithy-panel" aria-label="Problems">
      <h3>{count(placed.length, "problem")}</h3>
      <MarkedJson text={text} problems={placed} />
    </section>
  );
}

interface PanelsProps {
  live: LivePreview;
  preview: Preview;
  before?: Preview;
}

function Panels({ live, preview, before }: PanelsProps): ReactNode {
  const selection = useSelection();
  const compared = useMemo(() => compare(preview, before), [preview, before]);
  const said = useMemo(() => [...preview.problems, ...preview.findings], [preview]);
  const { resolved, needs, dockerfile } = preview;
  return (
    <>
      {before && <Changes compared={compared} isResolved={resolved !== undefined} />}
      {(needs.length > 0 || live.reading) && <DropZone needs={needs} reading={live.reading} onDrop={live.drop} />}
      <div className="pithy-columns">
        <Panel title="Steps" about={about(compared, preview)}>
          <Steps
            rows={compared.steps}
            callSites={preview.callSites}
            root={resolved?.root}
            problems={said}
            selection={selection}
          />
        </Panel>
        {dockerfile !== undefined && (
          <Panel title="Dockerfile" action={<CopyButton text={dockerfile} what="Dockerfile" />}>
            <Dockerfile rows={compared.instructions} selection={selection} />
          </Panel>
        )}
      </div>
      {resolved && <Sent preview={preview} compared={compared} live={live} />}
    </>
  );
}

const about = ({ steps }: Comparison, { findings }: Preview): string =>
  [
    count(steps.filter(({ change }) => change !== "removed").length, "step"),
    ...(findings.length ? [count(findings.length, "finding")] : []),
  ].join(", ");

interface PanelProps {
  title: string;
  about?: string;
  action?: ReactNode;
  children: ReactNode;
}

function Panel({ title, about, action, children }: PanelProps): ReactNode {
  const heading = useId();
  return (
    <section className="pithy-panel" aria-labelledby={heading}>
      <div className="pithy-panel-head">
        <h3 id={heading}>{title}</h3>
        {about && <span className="pithy-quiet">{about}</span>}
        {action}
      </div>
      {children}
    </section>
  );
}

/** What a change does, in a line or two. */
function Changes({ compared, isResolved }: { compared: Comparison; isResolved: boolean }): ReactNode {
  const { steps, files, uploads } = compared;
  const first = firstRebuilt(compared);
  const isSame = [...steps, ...files].every(({ change }) => change === "same") && !first;
  return (
    <section className="pithy-changes" aria-label="Changes since the baseline">
      <p>
        <strong>{isSame ? "Nothing changed since the baseline." : "Since the baseline:"}</strong>{" "}
        {!isSame && [tally(steps, "step"), tally(files, "file")].filter(Boolean).join("; ")}
      </p>
      {!isSame && (
        <p className="pithy-quiet">
          {first ? `The build starts anew from step ${first.number}.` : "Nothing is built anew."}{" "}
          {isResolved && uploads && (uploads.length ? `${size(uploads)} to upload.` : "Nothing is to be uploaded.")}
          {!isResolved && "What became of the files is unknown until they are here."}
        </p>
      )}
    </section>
  );
}

const WORDS = { added: "added", removed: "removed", changed: "changed" } as const;

/** How many were added, removed and changed: `2 steps added, 1 changed`. */
function tally(rows: readonly { change: string }[], thing: string): string {
  const counts = Object.entries(WORDS).flatMap(([change, word]) => {
    const number = rows.filter((row) => row.change === change).length;
    return number ? [`${count(number, thing)} ${word}`] : [];
  });
  return counts.join(", ");
}

const size = (contexts: readonly { size: number }[]): string =>
  bytes(contexts.reduce((sum, context) => sum + context.size, 0));

/** What is sent beside the Dockerfile, and what is not. */
function Sent({ preview, compared, live }: { preview: Preview; compared: Comparison; live: LivePreview }): ReactNode {
  const { contexts = [], ignored = [] } = preview.resolved ?? {};
  const files = useMemo(() => fileTree(contexts, compared.files), [contexts, compared.files]);
  const rules = useMemo(() => ignoredTree(ignored), [ignored]);
  const number = compared.files.filter(({ file, change }) => file.kind !== "directory" && change !== "removed").length;
  return (
    <div className="pithy-columns">
      <Panel title="Files" about={number ? `${count(number, "file")}, ${size(contexts)} to send` : undefined}>
        {files.size > 1 ? (
          <TreeView label="Files" tree={files} onExecutable={live.setExecutable} />
        ) : (
          <p className="pithy-empty">Nothing is sent beside the Dockerfile.</p>
        )}
        {live.setExecutable && (
          <p className="pithy-note">
            A browser does not see which files are executable. Choose it by their mode: <code>0644</code> or{" "}
            <code>0755</code>.
          </p>
        )}
      </Panel>
      {ignored.length > 0 && (
        <Panel
          title="Left out"
          about={`${count(ignored.length, "path")} by ${count(rules.get(ROOT)?.children?.length ?? 0, "rule")}`}
        >
          <TreeView label="Left out" tree={rules} />
        </Panel>
      )}
    </div>
  );
}
