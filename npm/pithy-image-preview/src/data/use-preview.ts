import type { LocalFile, Plan, Progress } from "pithy-image";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { placedFiles, together } from "../files/drop.ts";
import type { PreviewSpec } from "../spec.ts";
import { examine, given, isComplete, type Preview, planOf, readFiles } from "./preview.ts";

/** The reading of files that goes on. */
export interface Reading {
  progress: Progress;
  cancel: () => void;
}

/** Takes files that were dropped or picked. */
export type Drop = (files: readonly LocalFile[] | Promise<readonly LocalFile[]>) => void;

/** An image, as far as it is known, and the ways to know more. */
export interface LivePreview {
  preview?: Preview;
  /** Why nothing can be computed here, such as a core that cannot be loaded. */
  failure?: string;
  reading?: Reading;
  /** Reads dropped files, with those that were dropped before. */
  drop: Drop;
  /** Sets whether a dropped file is executable, which a browser cannot see; absent if nothing was dropped. */
  setExecutable?: (path: string, isExecutable: boolean) => void;
}

const NONE: Progress = { work: "read", files: 0, totalFiles: 0, bytes: 0, totalBytes: 0 };

/** What was dropped, and what was said of it. */
interface Dropped {
  /** The same list as long as nothing is added: what was read of it is kept. */
  files: readonly LocalFile[];
  executable?: readonly string[];
}

/** What came to be known of a spec. */
interface Findings {
  preview?: Preview;
  failure?: string;
  reading?: Reading;
  dropped?: Dropped;
}

/** What a spec says, what the core finds out, and what dropped files add. */
export function usePreview(spec: PreviewSpec | undefined): LivePreview {
  const base = useMemo(() => spec && given(spec), [spec]);
  const [state, setState] = useState<{ of?: Preview; found: Findings }>({ found: {} });
  // What was found out of another spec does not count.
  const found = state.of === base ? state.found : NOTHING;
  const preview = found.preview ?? base;
  const work = useRef<AbortController>(undefined);
  const keepUntil = useEnd();

  const add = useCallback(
    (more: Findings) =>
      setState(({ of, found }) => ({ of: base, found: { ...(of === base ? found : NOTHING), ...more } })),
    [base],
  );
  /** Begins work, and ends what went on. What it finds is added unless it was ended. */
  const begin = useCallback(
    (doing: (signal: AbortSignal) => Promise<Findings>) => {
      work.current?.abort();
      work.current = new AbortController();
      const { signal } = work.current;
      doing(signal)
        .catch((error: unknown): Findings => ({ failure: error instanceof Error ? error.message : String(error) }))
        .then((more) => signal.aborted || add({ reading: undefined, failure: undefined, ...more }));
    },
    [add],
  );

  useEffect(() => {
    if (spec && base && !isComplete(base)) {
      // Of an image with mistakes the server said what matters.
      const unknown = hasMistakes(base) ? () => ({}) : undefined;
      begin(() => examine(spec).then((preview): Findings => ({ preview }), unknown));
    }
    return () => work.current?.abort();
  }, [spec, base, begin]);

  if (!preview) return { drop: () => {} };

  const read = (dropped: Dropped) =>
    begin(async (signal) => {
      const cancel = () => begin(async () => ({}));
      const onProgress = (progress: Progress) => signal.aborted || add({ reading: { progress, cancel } });
      add({ dropped, failure: undefined, reading: { progress: NONE, cancel } });
      return {
        preview: await readFiles(preview, dropped.files, {
          signal,
          onProgress,
          executable: dropped.executable,
          keepUntil: keepUntil(dropped.files),
        }),
      };
    });
  const { dropped } = found;
  const drop: Drop = (coming) =>
    begin(async () => {
      const files = await placedFiles(await coming, preview.needs);
      read({ ...dropped, files: together(dropped?.files ?? [], files, preview.needs) });
      return {};
    });
  const setExecutable = (path: string, isExecutable: boolean) => {
    if (!dropped) return;
    const others = (dropped.executable ?? []).filter((other) => other !== path);
    read({ ...dropped, executable: isExecutable ? [...others, path] : others });
  };
  return { ...found, preview, drop, setExecutable: dropped && setExecutable };
}

const NOTHING: Findings = {};

/** A signal for each list that is kept: aborted when there is another list, and at the end. */
function useEnd(): (list: object) => AbortSignal {
  const last = useRef<{ list: object; end: AbortController }>(undefined);
  useEffect(() => () => last.current?.end.abort(), []);
  return (list) => {
    if (last.current?.list !== list) {
      last.current?.end.abort();
      last.current = { list, end: new AbortController() };
    }
    return last.current.end.signal;
  };
}

/** What changed since a baseline: nothing as long as it is being found out, or why it cannot be. */
export interface Compared {
  plan?: Plan;
  failure?: string;
}

const hasMistakes = ({ problems }: Preview): boolean => problems.length > 0;

const UNPLANNED = "The baseline has problems: only its steps are compared, as they are written.";

/** What changed since a baseline; a server may have said it already. */
export function usePlan(after: Preview | undefined, before: Preview | undefined, prepared?: Plan): Compared {
  const [found, setFound] = useState<{ after: Preview; before: Preview; compared: Compared }>();
  useEffect(() => {
    if (!after || !before || prepared || hasMistakes(after) || hasMistakes(before)) return;
    let isWanted = true;
    const take = (compared: Compared) => isWanted && setFound({ after, before, compared });
    const failed = (error: unknown) =>
      take({ failure: `${error instanceof Error ? error.message : error} What changed is not known.` });
    planOf(after, before).then((plan) => take(plan ? { plan } : { failure: UNPLANNED }), failed);
    return () => {
      isWanted = false;
    };
  }, [after, before, prepared]);
  if (prepared) return { plan: prepared };
  if (before && hasMistakes(before)) return { failure: UNPLANNED };
  return found?.after === after && found?.before === before ? (found?.compared ?? NOTHING) : NOTHING;
}
