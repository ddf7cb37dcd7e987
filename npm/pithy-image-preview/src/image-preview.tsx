import type { Plan } from "pithy-image";
import { type CSSProperties, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { AnchorPrefix, useAddress, useAnchors } from "./data/anchor.ts";
import { mistakeIn } from "./data/check-spec.ts";
import { type Comparison, compare } from "./data/compare.ts";
import { lacksText, type Preview } from "./data/preview.ts";
import { type Selection, useSelection } from "./data/selection.ts";
import { type LivePreview, usePlan, usePreview } from "./data/use-preview.ts";
import { DefinitionEditor, type Opened } from "./definition/definition-editor.tsx";
import { MarkedJson, placedIn } from "./definition/marked-json.tsx";
import { DropZone, ReadingBar } from "./files/drop-zone.tsx";
import { Texts } from "./files/file-text.tsx";
import { Sent } from "./files/sent.tsx";
import { CopyButton } from "./parts/copy-button.tsx";
import { ErrorBoundary } from "./parts/error-boundary.tsx";
import { Heading, HeadingLevel } from "./parts/heading.tsx";
import { Notice } from "./parts/notice.tsx";
import { Panel } from "./parts/panel.tsx";
import { type FoundRow, foundRows } from "./review/findings.ts";
import { Found } from "./review/found.tsx";
import { Names } from "./review/names.tsx";
import { PlacedProblems } from "./review/placed-problems.tsx";
import { RulePages } from "./review/rule-page.tsx";
import { Verdict } from "./review/verdict.tsx";
import { type PreviewSpec, prepared, type RulePage, shortDigest, type TextOf } from "./spec.ts";
import { Dockerfile } from "./steps/dockerfile.tsx";
import { anchorName, Steps } from "./steps/steps.tsx";
import { useStyles } from "./styles.ts";
import { SourceLink } from "./text/call-site.tsx";
import { Prose } from "./text/prose.tsx";
import { count } from "./text/quantity.ts";
import { visible, visibleInline } from "./text/visible.ts";

/** What an {@link ImagePreview} shows. */
export interface ImagePreviewProps {
  /** The image. Without one, a definition can be pasted or opened. */
  spec?: PreviewSpec;
  /** An earlier state of the image: what changed since then is marked. */
  baseline?: PreviewSpec;
  /** What the baseline is, such as a commit. */
  baselineTitle?: string;
  /** What changed since then, if a server knows: `resolved.plan(before)`. Otherwise the core is loaded to find out. */
  plan?: Plan;
  /** Light or dark; as the page around it is when not given. */
  theme?: "light" | "dark";
  /** Heading; `Image` when not given. */
  title?: string;
  /** The level of the heading in the page: 2 when not given. */
  headingLevel?: 1 | 2 | 3 | 4;
  /** A message above everything, such as why what is shown is not the newest. */
  notice?: ReactNode;
  /** Where lines of code are shown: an address with `{path}`, `{line}` and `{column}`, of a host or an editor. */
  sourceLink?: string;
  /** The pages of the lint rules that found something, by their codes: why, and what to do. */
  rules?: Readonly<Record<string, RulePage>>;
  /** Precedes the addresses `#step-12` and `#finding-3`, if there are several images on a page. */
  anchorPrefix?: string;
  /** JSON pointer to the step that is chosen at first, such as `/steps/3`. */
  defaultSelected?: string;
  /** Called with the JSON pointer to a step that was chosen; `undefined` if it is none of the image. */
  onSelect?: (step: string | undefined) => void;
  /** A class of the outermost element. */
  className?: string;
  /** Styles of the outermost element, such as the variables of a theme. */
  style?: CSSProperties;
}

/**
 * Shows an image to the person who reviews it: what is in it, what a change does, whether something is wrong. What cannot be
 * shown is said where the preview is.
 *
 * @example
 * ```tsx
 * <ImagePreview spec={await previewSpec(image)} baseline={before} />
 * ```
 */
export function ImagePreview(props: ImagePreviewProps): ReactNode {
  const { spec: given, baseline: before, plan, notice, headingLevel = 2, sourceLink, anchorPrefix = "" } = props;
  const element = useRef<HTMLDivElement>(null);
  useStyles(element);
  const [opened, setOpened] = useState<Opened>();
  const [text, setText] = useState("");
  const shown = useEqual<Partial<Opened>>(
    given ? { spec: given, baseline: before, plan } : (opened ?? { baseline: before }),
  );
  const { spec } = shown;
  const mistake = useMemo(() => mistakeIn(shown), [shown]);
  const close = given ? undefined : () => setOpened(undefined);
  return (
    <div
      ref={element}
      className={`pithy ${props.className ?? ""}`}
      style={props.style}
      data-pithy-theme={props.theme}
      lang="en"
      dir="ltr"
    >
      <HeadingLevel value={headingLevel}>
        <RulePages.Provider value={props.rules ?? NO_PAGES}>
          <SourceLink.Provider value={sourceLink}>
            <AnchorPrefix.Provider value={anchorPrefix}>
              {notice && (
                <Notice role="status">
                  {typeof notice === "string" ? visible(notice) : <div className="pithy-notice-content">{notice}</div>}
                </Notice>
              )}
              {mistake && (
                <Notice>
                  The image cannot be shown: <Prose text={mistake} />
                </Notice>
              )}
              {spec && !mistake && (
                <ErrorBoundary of={spec}>
                  <Shown {...props} {...shown} spec={spec} onClose={close} />
                </ErrorBoundary>
              )}
              {!spec && !mistake && <DefinitionEditor text={text} onText={setText} onOpen={setOpened} />}
            </AnchorPrefix.Provider>
          </SourceLink.Provider>
        </RulePages.Provider>
      </HeadingLevel>
    </div>
  );
}

const NO_PAGES = {};

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

function Shown({ spec, baseline, baselineTitle, title = "Image", onClose, ...props }: ShownProps): ReactNode {
  const before = usePreview(baseline).preview;
  const live = usePreview(spec);
  const textOf = useTexts(spec, baseline);
  const { preview, failure } = live;
  if (!preview) return null;
  return (
    <>
      <header className="pithy-head">
        <div className="pithy-title">
          <Heading>{visibleInline(title)}</Heading>
          {onClose && (
            <button type="button" className="pithy-button pithy-small" onClick={onClose}>
              Edit the definition
            </button>
          )}
        </div>
        {(baseline || props.plan) && baselineTitle && (
          <p className="pithy-against">
            Compared with <code>{visibleInline(baselineTitle)}</code>
            {!baseline &&
              ", of which only digests are here: a baseline with its steps, such as a commit, shows what changed in each, and all that is dangerous about it."}
          </p>
        )}
      </header>
      {failure && <Notice>{visible(failure)}</Notice>}
      <Texts.Provider value={textOf}>
        <Panels
          {...props}
          live={live}
          preview={preview}
          before={baseline && before}
          isMasked={prepared(spec).isMasked}
        />
      </Texts.Provider>
    </>
  );
}

/** The texts of both images. */
function useTexts(...specs: (PreviewSpec | undefined)[]): TextOf {
  return useMemo(() => {
    const texts = new Map(specs.flatMap((spec) => (spec ? Object.entries(prepared(spec).texts ?? {}) : [])));
    return (digest) => texts.get(shortDigest(digest ?? ""));
  }, specs);
}

/** What is wrong with the definition or its files: at its line in the code, or, of a definition alone, in that. */
function Problems({ preview: { definition, problems, callSites } }: { preview: Preview }): ReactNode {
  const text = useMemo(() => JSON.stringify(definition, null, 2), [definition]);
  const placed = useMemo(() => placedIn(text, problems), [text, problems]);
  return (
    <Panel title="Problems" about={count(problems.length, "problem")}>
      {Object.keys(callSites).length > 0 ? (
        <PlacedProblems problems={problems} callSites={callSites} />
      ) : (
        <MarkedJson text={text} problems={placed} />
      )}
    </Panel>
  );
}

interface PanelsProps extends Pick<ImagePreviewProps, "plan" | "defaultSelected" | "onSelect"> {
  live: LivePreview;
  preview: Preview;
  before?: Preview;
  isMasked?: boolean;
}

function Panels({ live, preview, before, plan: prepared, isMasked, ...props }: PanelsProps): ReactNode {
  const { plan, failure } = usePlan(preview, before, prepared);
  const compared = useMemo(() => compare(preview, before, plan), [preview, before, plan]);
  const found = useMemo(() => foundRows(preview, plan), [preview, plan]);
  const selection = useSelection(props.defaultSelected);
  useChosen(selection, props.onSelect);
  useStepOfAddress(compared, selection);
  const { resolved, needs, problems } = preview;
  const isCompared = before !== undefined || plan !== undefined;
  return (
    <>
      {problems.length > 0 && <Problems preview={preview} />}
      {(problems.length === 0 || isCompared) && (
        <Verdict
          compared={compared}
          plan={plan}
          failure={failure}
          found={found}
          hasProblems={problems.length > 0}
          isResolved={resolved !== undefined}
          isCompared={isCompared}
          selected={selection.selected}
        />
      )}
      <Names preview={preview} before={before} isMasked={isMasked} />
      {needs.length > 0 && (
        <DropZone needs={needs} lacksText={lacksText(preview)} reading={live.reading} onDrop={live.drop} />
      )}
      {needs.length === 0 && live.reading && <ReadingBar {...live.reading} />}
      {found.length > 0 && <Found rows={found} compared={compared} root={resolved?.root} />}
      <Lists preview={preview} compared={compared} found={found} selection={selection} />
      {resolved && (
        <Sent
          resolved={resolved}
          definition={preview.definition}
          compared={compared}
          onExecutable={live.setExecutable}
        />
      )}
    </>
  );
}

/** Tells the page around it what was chosen, but not what it chose itself. */
function useChosen({ selected, from }: Selection, onSelect: ImagePreviewProps["onSelect"]): void {
  const latest = useRef(onSelect);
  latest.current = onSelect;
  useEffect(() => {
    if (from) latest.current?.(selected?.startsWith("/") ? selected : undefined);
  }, [selected, from]);
}

/** Chooses the step that the address of the page names, and brings what it names into view. */
function useStepOfAddress(compared: Comparison, { select }: Selection): void {
  const anchors = useAnchors();
  useAddress((anchor) => {
    const row = compared.steps.find((step) => anchors("step", anchorName(step)) === anchor);
    if (row) select(row.key, "review");
    const element = document.getElementById(anchor);
    element?.scrollIntoView();
    return row !== undefined || element !== null;
  });
}

interface ListsProps {
  preview: Preview;
  compared: Comparison;
  found: readonly FoundRow[];
  selection: Selection;
}

/** Steps and Dockerfile side by side: what else there is need not follow the mouse. */
function Lists({ preview, compared, found, selection }: ListsProps): ReactNode {
  const [hovered, hover] = useState<string>();
  const said = useMemo(() => found.map(({ finding }) => finding), [found]);
  const { callSites, resolved, dockerfile } = preview;
  const isPart = lacksText(preview);
  const marks = { selection, hovered, onHover: hover };
  return (
    <div className="pithy-columns pithy-lists">
      <Panel title="Steps" about={count(compared.steps.filter(({ change }) => change !== "removed").length, "step")}>
        <Steps {...marks} compared={compared} callSites={callSites} root={resolved?.root} said={said} />
      </Panel>
      {dockerfile !== undefined && (
        <Panel
          title="Dockerfile"
          about={isPart ? "only what is added to it: its own text is not here yet" : undefined}
          action={!isPart && <CopyButton text={dockerfile} what="Dockerfile" />}
        >
          <Dockerfile {...marks} rows={compared.instructions} />
        </Panel>
      )}
    </div>
  );
}
