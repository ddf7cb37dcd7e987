import type { LocalFile } from "pithy-image";
import type { NeedRecord } from "../data/preview.ts";

/**
 * What was dropped. A folder comes as a handle where the browser has them, and is read only as far as the image needs it;
 * else as all of its files. Nothing in it is left out, not even what usually is: the image's own rules say what counts.
 */
export async function fromDataTransfer({ items }: DataTransfer): Promise<LocalFile[]> {
  // Requested immediately: a DataTransfer is empty after the event.
  const found = [...items]
    .filter(({ kind }) => kind === "file")
    .map((item: ItemWithHandle) => ({
      handle: item.getAsFileSystemHandle?.().catch(() => null),
      entry: item.webkitGetAsEntry(),
      file: item.getAsFile(),
    }));
  const files = found.map(async ({ handle, entry, file }): Promise<LocalFile[]> => {
    const known = await handle;
    if (known) return [known];
    if (entry) return entryFiles(entry);
    return file ? [file] : [];
  });
  return (await Promise.all(files)).flat();
}

type Handle = FileSystemFileHandle | FileSystemDirectoryHandle;
type ItemWithHandle = DataTransferItem & { getAsFileSystemHandle?: () => Promise<Handle | null> };

async function entryFiles(entry: FileSystemEntry): Promise<File[]> {
  if (isFile(entry)) return [await withPath(entry)];
  const children = await childrenOf(entry as FileSystemDirectoryEntry);
  return (await Promise.all(children.map(entryFiles))).flat();
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

/** The file of an entry, with the path that it has below what was dropped. */
async function withPath(entry: FileSystemFileEntry): Promise<File> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
  return Object.defineProperty(file, "webkitRelativePath", { value: entry.fullPath.slice(1) });
}

/** A reader gives at most a hundred entries at a time. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return found;
    found.push(...batch);
  }
}

/** Files that were dropped by themselves, under the path of the one needed file of that name. */
export function placedFiles(files: readonly LocalFile[], needs: readonly NeedRecord[]): Promise<LocalFile[]> {
  return Promise.all(
    files.map(async (file) => {
      const content = await alone(file);
      const [need, another] = needs.filter(({ path, kind }) => kind === "file" && baseName(path) === content?.name);
      if (!content || !need || another) return file;
      return { path: need.path, bytes: new Uint8Array(await content.arrayBuffer()) };
    }),
  );
}

/** The file, if it came without a folder. */
async function alone(file: LocalFile): Promise<File | undefined> {
  if (file instanceof File) return file.webkitRelativePath.includes("/") ? undefined : file;
  return file instanceof FileSystemFileHandle ? file.getFile() : undefined;
}

/**
 * Files that were dropped one after another: what is needed can come in parts, and what comes again takes the place of what
 * it was. A folder that is not part of one is a root of its own, beside which nothing else counts.
 */
export function together(
  before: readonly LocalFile[],
  coming: readonly LocalFile[],
  needs: readonly NeedRecord[],
): readonly LocalFile[] {
  const isPart = (folder: string) => needs.some(({ path }) => path === folder || path.startsWith(`${folder}/`));
  if (coming.map(folderOf).some((folder) => folder !== undefined && !isPart(folder))) return coming;
  const parts = before.filter((file) => isPart(folderOf(file) ?? pathOf(file)));
  return [...new Map([...parts, ...coming].map((file) => [pathOf(file), file])).values()];
}

/** The folder that a file came in, or is. */
function folderOf(file: LocalFile): string | undefined {
  const [first, ...rest] = pathOf(file).split("/");
  return rest.length || ("kind" in file && file.kind === "directory") ? first : undefined;
}

const pathOf = (file: LocalFile): string =>
  "name" in file ? ("webkitRelativePath" in file && file.webkitRelativePath) || file.name : file.path;

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
