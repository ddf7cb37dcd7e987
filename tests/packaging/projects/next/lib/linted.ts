import { Image } from "pithy-image";

interface Named {
  readonly name: string;
}

/** An image in which something is found; types and comments are lines that no bundle has. */
export const lintedImage = ({ name }: Named): Image =>
  Image.base("debian:12-slim").env({ NAME: name }).runCommands("chmod 777 /srv");
