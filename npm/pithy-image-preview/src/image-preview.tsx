import type { Plan } from "pithy-image";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { type Comparison, compare } from "./data/compare.ts";
import { lacksText, type Preview } from "./data/preview.ts";
import { useSelection } from "./data/selection.ts";
import { count } from "./data/step.ts";
import { type LivePreview, usePlan, usePreview } from "./data/use-preview.ts";
import { DefinitionEditor } from "./definition/definition-editor.tsx";
import { MarkedJson, placedIn } from "./definition/marked-json.tsx";
import { DropZone, ReadingBar } from "./files/drop-zone.tsx";
import { Sent } from "./files/sent.tsx";
import { CopyButton } from "./parts/copy-button.tsx";
import { Panel } from "./parts/panel.tsx";
import { Changes } from "./review/changes.tsx";
import { Names } from "./review/names.tsx";
import type { PreviewSpec } from "./spec.ts";
import { Dockerfile } from "./steps/dockerfile.tsx";
import { Steps } from "./steps/steps.tsx";
import { useStyles } from "./styles.ts";

/** What an {@link ImagePreview} shows. */
export interface ImagePreviewProps {
  /** The image. Without one, a definition can be pasted or opened. */
  spec?: PreviewSpec;
  /** An earlier state of the image: what changed since then is marked. */
  baseline?: PreviewSpec;
  /** What changed since then, if a server knows: `resolved.plan(before)`. Otherwise the core is loaded to find out. */
  plan?: Plan;
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
export function ImagePreview({ spec: given, baseline: before, ...props }: ImagePreviewProps): ReactNode {
  const element = useRef<HTMLDivElement>(null);
  const isStyled = useStyles(element);
  const [opened, setOpened] = useState<PreviewSpec>();
  const [text, setText] = useState("");
  const [spec, baseline] = [useEqual(given ?? opened), useEqual(before)];
  return (
    <div ref={element} className={`pithy ${props.className ?? ""}`} data-pithy-theme={props.theme}>
      {isStyled && props.notice && (
        <div role="status" className="pithy-notice">
          {props.notice}
        </div>
      )}
      {isStyled && spec && (
        <Shown {...props} spec={spec} baseline={baseline} onClose={given ? undefined : () => setOpened(undefined)} />
      )}
      {isStyled && !spec && <DefinitionEditor text={text} onText={setText} onSpec={setOpened} />}
    </div>
  );
}

/** The last value that was given, as long as it equals the next: what was chosen or dropped in it stays. */
function useEqual<T>(value: T): T {
  const last = useRef(value);
  if (last.current !== value && JSON.stringify(last.current) !== JSON.stringify(value)) last.current = value;
  return last.current;
}

interface ShownProps extends ImagePreviewProps {
  spec: PreviewSpec;
  onClose?: () => void;
}

function Shown({ spec, baseline, plan, title = "Image", onClose }: ShownProps): ReactNode {
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
      <Panels live={live} preview={preview} before={baseline && before} plan={plan} />
    </>
  );
}

/** What is wrong with the definition or its files, where it is. */
function Problems({ preview: { definition, problems } }: { preview: Preview }): ReactNode {
  const text = useMemo(() => JSON.stringify(definition, null, 2), [definition]);
  const placed = useMemo(() => placedIn(text, problems), [text, problems]);
  return (
    <Panel title="Problems" about={count(problems.length, "problem")}>
      <MarkedJson text={text} problems={placed} />
    </Panel>
  );
}

interface PanelsProps {
  live: LivePreview;
  preview: Preview;
  before?: Preview;
  plan?: Plan;
}

function Panels({ live, preview, before, plan: prepared }: PanelsProps): ReactNode {
  const plan = usePlan(preview, before, prepared);
  const compared = useMemo(() => compare(preview, before, plan), [preview, before, plan]);
  const { resolved, needs, problems } = preview;
  return (
    <>
      {plan && <Changes compared={compared} isResolved={resolved !== undefined} />}
      {problems.length > 0 && <Problems preview={preview} />}
      {needs.length > 0 && (
        <DropZone needs={needs} lacksText={lacksText(preview)} reading={live.reading} onDrop={live.drop} />
      )}
      {needs.length === 0 && live.reading && <ReadingBar {...live.reading} />}
      <Lists preview={preview} compared={compared} />
      {resolved && <Sent resolved={resolved} files={compared.files} onExecutable={live.setExecutable} />}
    </>
  );
}

/** Steps and Dockerfile side by side, with a choice of their own: what else there is need not follow the mouse. */
function Lists({ preview, compared }: { preview: Preview; compared: Comparison }): ReactNode {
  const selection = useSelection();
  const said = useMemo(() => [...preview.problems, ...preview.findings], [preview]);
  const { callSites, resolved, dockerfile } = preview;
  const isPart = lacksText(preview);
  return (
    <div className="pithy-columns">
      <Panel title="Steps" about={about(compared, preview)}>
        <Steps compared={compared} callSites={callSites} root={resolved?.root} problems={said} selection={selection} />
      </Panel>
      {dockerfile !== undefined && (
        <Panel
          title="Dockerfile"
          about={isPart ? "only what is added to it: its own text is not here yet" : undefined}
          action={!isPart && <CopyButton text={dockerfile} what="Dockerfile" />}
        >
          <Dockerfile rows={compared.instructions} selection={selection} />
        </Panel>
      )}
    </div>
  );
}

const about = ({ steps }: Comparison, { findings }: Preview): string =>
  [
    count(steps.filter(({ change }) => change !== "removed").length, "step"),
    ...(findings.length ? [count(findings.length, "finding")] : []),
  ].join(", ");
