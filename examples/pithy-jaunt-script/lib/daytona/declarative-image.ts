import { type Daytona, Image as SdkImage } from "@daytonaio/sdk";
import { buildPithyJauntImage as build } from "pithy-image";
import { bindImage, createPithyJauntSnapshot as create } from "pithy-image/daytona";

const Image = bindImage(SdkImage);

/** The image of our sandboxes, as the Daytona SDK takes it. */
export const buildPithyJauntImage = () => Image.from(build());

/** Makes a snapshot of it, and prints the build's log. */
export const createPithyJauntSnapshot = (daytona: Daytona, name?: string) =>
  create(daytona, name, { onLogs: console.log });
