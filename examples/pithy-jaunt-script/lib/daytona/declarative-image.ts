import { buildPithyJauntImage as build } from "pithy-image";
import { createPithyJauntSnapshot as create } from "pithy-image/daytona";
import { type Daytona, Image } from "pithy-image/daytonaio-sdk";

/** The image of our sandboxes, as the Daytona SDK takes it. */
export const buildPithyJauntImage = (): Image => Image.from(build());

/** Makes a snapshot of it, and prints the build's log. */
export const createPithyJauntSnapshot = (daytona: Daytona, name?: string) =>
  create(daytona, name, { onLogs: console.log });
