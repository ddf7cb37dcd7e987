import type { LocalFile, Progress } from "pithy-image";
import { useCallback, useEffect, useRef, useState } from "react";
import { placedFiles } from "./drop.ts";
import { examine, given, isComplete, type Preview, readFiles } from "./preview.ts";
import type { PreviewSpec } from "./spec.ts";

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
  /** Says whether a dropped file is executable, which a browser does not see; absent if nothing was dropped. */
  setExecutable?: (path: string, isExecutable: boolean) => void;
}

const NONE: Progress = { files: 0, totalFiles: 0, bytes: 0, totalBytes: 0 };

/** What was dropped, and what was said of it. */
interface Dropped {
  files: readonly LocalFile[];
  executable?: readonly string[];
}

/** What a spec says, what the core finds out, and what dropped files add. */
export function usePreview(spec: PreviewSpec | undefined): LivePreview {
  const [preview, setPreview] = useState<Preview | undefined>(() => spec && given(spec));
  const [failure, setFailure] = useState<string>();
  const [reading, setReading] = useState<Reading>();
  const [dropped, setDropped] = useState<Dropped>();
  const work = useRef<AbortController>(undefined);

  /** Begins work, and ends what went on; answers its signal. */
  const begin = useCallback(() => {
    work.current?.abort();
    work.current = new AbortController();
    setFailure(undefined);
    setReading(undefined);
    return work.current.signal;
  }, []);
  const fail = useCallback((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)), []);

  useEffect(() => {
    const signal = begin();
    const known = spec && given(spec);
    setDropped(undefined);
    setPreview(known);
    if (spec && known && !isComplete(known)) {
      examine(spec).then(
        (found) => signal.aborted || setPreview(found),
        (error) => signal.aborted || fail(error),
      );
    }
    return () => work.current?.abort();
  }, [spec, begin, fail]);

  const read = async (from: Preview, { files, executable }: Dropped) => {
    const signal = begin();
    const show = (progress: Progress) => signal.aborted || setReading({ progress, cancel: begin });
    show(NONE);
    try {
      const found = await readFiles(from, files, { signal, onProgress: show, executable });
      if (!signal.aborted) setPreview(found);
    } catch (error) {
      if (!signal.aborted) fail(error);
    } finally {
      if (!signal.aborted) setReading(undefined);
    }
  };

  const drop: Drop = async (coming) => {
    if (!preview) return;
    try {
      const files = [...(dropped?.files ?? []), ...(await placedFiles(await coming, preview.needs))];
      setDropped({ ...dropped, files });
      await read(preview, { ...dropped, files });
    } catch (error) {
      fail(error);
    }
  };

  const setExecutable = (path: string, isExecutable: boolean) => {
    if (!preview || !dropped) return;
    const others = (dropped.executable ?? []).filter((other) => other !== path);
    const next = { ...dropped, executable: isExecutable ? [...others, path] : others };
    setDropped(next);
    void read(preview, next);
  };

  return { preview, failure, reading, drop, setExecutable: dropped && setExecutable };
}
