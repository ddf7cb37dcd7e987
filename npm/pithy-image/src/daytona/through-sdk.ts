/** Requests that the SDK packs, and that go out as ours. */
import { isImageError } from "../shared/errors.ts";
import type { ApiCall } from "./api-call.ts";
import type { SdkClient } from "./client.ts";
import { isFine, notPacked, refusal, uploadFailed } from "./failure.ts";
import type { HttpRequest, HttpResponse, Send } from "./http.ts";

/**
 * Has the SDK do something, whose requests are the call's. What it answers makes its own requests later; what it still does
 * after the call has stopped, such as an upload that nothing can end, comes to no more requests.
 */
export async function throughSdk(
  call: ApiCall,
  doIt: (client: SdkClient) => Promise<object>,
  send: Send = (request) => fineAnswer(call, request, "give what the SDK asks for"),
): Promise<object> {
  const { connection } = call;
  let isOver = false;
  const client = connection.through((request) => (isOver ? connection.sendAsSdk(request) : send(request)));
  const result = await call.race(doIt(client));
  isOver = true;
  return result;
}

/** A response that the SDK can use: it takes all that it gets for one. */
async function fineAnswer(call: ApiCall, request: HttpRequest, what: string): Promise<HttpResponse> {
  const response = await call.send(request);
  if (!isFine(response)) throw refusal(response, what);
  return response;
}

/** How often files are sent: what arrived is not sent again. */
const UPLOADS = 3;

/** How the SDK makes something. */
interface Making {
  /** The SDK's own call. */
  readonly pack: (client: SdkClient) => Promise<object>;
  /** The path of the API to which it is posted. */
  readonly path: "sandbox" | "snapshots";
  /** Posts it. What it answers goes to the SDK; without a response the SDK has done what it is for. */
  readonly post: (request: HttpRequest) => Promise<HttpResponse | undefined>;
}

/** Has the SDK send the files of what is to be made, and pack its request. Answers what the SDK did, if it went on. */
export async function makeBySdk(call: ApiCall, { pack, path, post }: Making): Promise<object | undefined> {
  const isPost = ({ method, url }: HttpRequest) =>
    method.toUpperCase() === "POST" && new RegExp(`/${path}(\\?|$)`).test(url);
  let [isUploading, isPosted, isHandedOver] = [false, false, false];
  /** What went wrong with a request of ours: some versions of the SDK throw another error in its place. */
  let ours: unknown;
  const answerTo = async (request: HttpRequest): Promise<HttpResponse | undefined> => {
    if (isPosted) return fineAnswer(call, request, "give what the SDK asks for");
    isPosted = isPost(request);
    if (isPosted) return post(request);
    isUploading = true;
    return fineAnswer(call, request, "take the image's files");
  };
  const send: Send = async (request) => {
    const response = await answerTo(request).catch((error) => {
      ours = error;
      throw error;
    });
    if (response) return response;
    isHandedOver = true;
    throw new Error("handed over");
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await throughSdk(call, pack, send);
    } catch (error) {
      if (isHandedOver) return undefined;
      if (ours || isPosted || isImageError(error)) throw ours ?? error;
      if (!isUploading) throw notPacked(error);
      if (attempt === UPLOADS) throw uploadFailed(error);
      await call.sleep(attempt * call.pollInterval);
    }
  }
}
