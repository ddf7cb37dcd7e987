/** Requests that the SDK prepares, and that are sent from here. */
import type { ResolvedImage } from "../image/resolved.ts";
import { isImageError } from "../shared/errors.ts";
import type { ApiCall } from "./api-call.ts";
import type { SdkClient } from "./client.ts";
import { isFine, misuse, refusal, rejectedBySdk, uploadFailed } from "./failure.ts";
import type { HttpRequest, HttpResponse, Send } from "./http.ts";

/**
 * Lets the SDK do something with requests that belong to the call. What it returns sends its own requests later. What it
 * still does after the call has ended, such as an upload that cannot be aborted, sends no more requests.
 */
export async function throughSdk(
  call: ApiCall,
  doIt: (client: SdkClient) => Promise<object>,
  send: Send = (request) => fineAnswer(call, request, "return what the SDK requests"),
): Promise<object> {
  const { connection } = call;
  let isOver = false;
  const client = connection.through((request) => (isOver ? connection.sendAsSdk(request) : send(request)));
  const result = await call.race(doIt(client));
  isOver = true;
  return result;
}

/** The SDK's object for a sandbox whose record was just read: the SDK need not read it again. */
export function sdkSandbox(call: ApiCall, id: string, read: HttpResponse): Promise<object> {
  const url = call.connection.url("sandbox", id);
  const isRead = (request: HttpRequest) => request.method.toUpperCase() === "GET" && request.url === url;
  return throughSdk(
    call,
    (client) => client.get(id),
    async (request) => (isRead(request) ? read : fineAnswer(call, request, "return what the SDK requests")),
  );
}

/** A response that the SDK can use: it treats every response as a success. */
async function fineAnswer(call: ApiCall, request: HttpRequest, what: string): Promise<HttpResponse> {
  const response = await call.send(request);
  if (!isFine(response)) throw refusal(response, what);
  return response;
}

/** Throws unless a request is for all of an image. The SDK drops an image whose class is not its own. */
export function checkBuild({ contexts }: Pick<ResolvedImage, "contexts">, { data }: HttpRequest): void {
  const { buildInfo } = JSON.parse(String(data)) as { buildInfo?: { contextHashes?: readonly string[] } };
  if (!buildInfo) {
    throw misuse(
      "`Image` and `daytona` come from different copies of the Daytona SDK.",
      "Import both from the same package, both with `import` or both with `require`.",
    );
  }
  if ((buildInfo.contextHashes ?? []).length !== contexts.length) {
    throw misuse("The Daytona SDK does not send the image's files.", "Use SDK 0.x, or `daytona.v0` of SDK 2.x.");
  }
}

/** How often files are uploaded: those that have arrived are not uploaded again. */
const UPLOADS = 3;

/** Milliseconds before the second upload, and in addition before each further one. */
const UPLOAD_DELAY = 1_000;

/** How the SDK creates something. */
interface Creating {
  /** The SDK's own call. */
  readonly prepare: (client: SdkClient) => Promise<object>;
  /** The path of the API to which it is posted. */
  readonly path: "sandbox" | "snapshots";
  /** Posts it. The response is passed on to the SDK; without one, the SDK is no longer needed. */
  readonly post: (request: HttpRequest) => Promise<HttpResponse | undefined>;
}

/** Lets the SDK upload files and prepare the request that creates something. Returns what the SDK returned, if it was needed to the end. */
export async function createBySdk(call: ApiCall, { prepare, path, post }: Creating): Promise<object | undefined> {
  const isPost = ({ method, url }: HttpRequest) =>
    method.toUpperCase() === "POST" && new RegExp(`/${path}(\\?|$)`).test(url);
  let [isUploading, isPosted, isHandedOver] = [false, false, false];
  /** The error of a request of ours: some versions of the SDK replace it with another. */
  let ours: unknown;
  const respond = async (request: HttpRequest): Promise<HttpResponse | undefined> => {
    if (isPosted) return fineAnswer(call, request, "return what the SDK requests");
    isPosted = isPost(request);
    if (isPosted) return post(request);
    isUploading = true;
    return fineAnswer(call, request, "accept the image's files");
  };
  const send: Send = async (request) => {
    const response = await respond(request).catch((error) => {
      ours = error;
      throw error;
    });
    if (response) return response;
    isHandedOver = true;
    throw new Error("handed over");
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await throughSdk(call, prepare, send);
    } catch (error) {
      if (isHandedOver) return undefined;
      if (ours || isPosted || isImageError(error)) throw ours ?? error;
      if (!isUploading) throw rejectedBySdk(error);
      if (attempt === UPLOADS) throw uploadFailed(error);
      await call.sleep(attempt * UPLOAD_DELAY);
    }
  }
}
