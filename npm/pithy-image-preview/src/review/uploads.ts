import type { Comparison } from "../data/compare.ts";

/** What a source sends. */
export interface UploadRow {
  /** Its path; absent for what is given in the code. */
  source?: string;
  /** Bytes of all that it sends. */
  size: number;
  /** Bytes that it sent before; absent if it did not, or nobody knows. */
  before?: number;
  /** Bytes that have to be uploaded: Daytona may have the others. */
  missing: number;
}

/** What is sent, by source; the largest first. */
export function uploadRows({ contexts, contextsBefore, uploads = [] }: Comparison): UploadRow[] {
  const missing = new Set(uploads.map(({ archivePath }) => archivePath));
  const rows = new Map<string | undefined, UploadRow>();
  for (const { source, size, archivePath } of contexts) {
    const row = rows.get(source) ?? { source, size: 0, missing: 0 };
    row.size += size;
    if (missing.has(archivePath)) row.missing += size;
    rows.set(source, row);
  }
  for (const { source, size } of contextsBefore ?? []) {
    const row = rows.get(source) ?? { source, size: 0, missing: 0 };
    row.before = (row.before ?? 0) + size;
    rows.set(source, row);
  }
  return [...rows.values()].sort((one, other) => other.size - one.size);
}
