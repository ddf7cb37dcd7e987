/** Where the page shows lines of code: addresses with `{path}`, below the current directory, `{line}` and `{column}`. */
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Schemes of editors, by what they call their terminal. */
const EDITORS: Readonly<Record<string, string>> = { vscode: "vscode", zed: "zed" };

/** In the editor whose terminal the command runs in. */
export function editorLink({ TERM_PROGRAM = "" }: NodeJS.ProcessEnv = process.env): string | undefined {
  const scheme = EDITORS[TERM_PROGRAM];
  return scheme && `${scheme}://file${pathToFileURL(resolve()).pathname}/{path}:{line}:{column}`;
}

/** On the host of the repository, in a job of GitHub Actions. */
export function repositoryLink(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { GITHUB_SERVER_URL: host, GITHUB_REPOSITORY: name, GITHUB_SHA: commit, GITHUB_WORKSPACE: top } = env;
  if (!host || !name || !commit || !top) return undefined;
  const below = relative(top, resolve()).split(/[\\/]/).filter(Boolean);
  if (below[0] === "..") return undefined;
  return `${host}/${name}/blob/${commit}/${[...below.map(encodeURIComponent), "{path}"].join("/")}#L{line}`;
}
