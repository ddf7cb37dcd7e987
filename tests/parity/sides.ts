/** The two sides, and what each of them sends. */
import { bindImage } from "pithy-image/daytona";
import { type Sent, send } from "pithy-image-tests-daytona/uploader";
import { Image as Sdk } from "sdk-latest";
import { type ImageClass, type Program, run } from "./program.ts";

export { Sdk };

/** Our images as the SDK takes them. */
export const Ours = bindImage(Sdk) as ImageClass;

/** Another seed each time, so that the programs add up; that of a failure is in its message, to be given here again. */
export const seed = Number(process.env.PARITY_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** What Daytona gets of a program's image. The program's project must be the current directory. */
export async function sentBy(program: Program, Class: ImageClass): Promise<Sent & { readonly dockerfile: string }> {
  const image = run(program, Class);
  return { ...(await send(image.contextList)), dockerfile: image.dockerfile };
}
