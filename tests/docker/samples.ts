/** Definitions by chance, with local files, and the images that they must make. */
import fc, { type Arbitrary } from "fast-check";
import type { Step } from "pithy-image";
import { locals } from "./arbitraries.ts";
import type { Builder } from "./docker-api.ts";
import type { Locals, Tree } from "./file-tree.ts";
import { KINDS, type Kind, type Made, type StepName } from "./kinds.ts";
import { baseImage, type Expected, run } from "./model.ts";

/** Local files, and steps that use some of them. */
export interface Sample {
  readonly locals: Locals;
  readonly acts: readonly Act[];
}

/** A step, and what it must change in an image. */
export interface Act {
  readonly step: Step;
  readonly apply: (image: Expected) => void;
}

function act<Name extends StepName>(name: Name, { weight = 1, make, apply }: Kind<Name>, locals: Locals) {
  const arbitrary = make(locals).map(({ with: args, records = [] }: Made<Name>): Act => {
    const step = { [name]: args } as unknown as Step;
    return {
      step,
      apply: (image) => {
        apply?.(args, image);
        for (const record of records) run(record, image);
      },
    };
  });
  return { weight, arbitrary };
}

function acts(locals: Locals): Arbitrary<Act> {
  const kinds = Object.entries(KINDS).filter(([, kind]) => "make" in kind);
  return fc.oneof(...kinds.map(([name, kind]) => act(name as StepName, kind as Kind<StepName>, locals)));
}

/** A definition on `busybox:1`, without its base, and the files that it uses. */
export const sample: Arbitrary<Sample> = locals.chain((locals) =>
  fc.record({ locals: fc.constant(locals), acts: fc.array(acts(locals), { minLength: 2, maxLength: 9, size: "max" }) }),
);

/** The image that a sample makes of a base image with these files. */
export function expectedOf({ acts, locals }: Sample, base: Tree, builder: Builder): Expected {
  const image = baseImage(base, builder, locals);
  for (const { apply } of acts) apply(image);
  // An entrypoint takes away the base image's command.
  image.cmd ??= image.entrypoint ? null : ["sh"];
  return image;
}
