// What needs the core, which is in no bundle.
import { Image } from "pithy-image";

console.log(JSON.stringify(Image.debianSlim("3.12")));
try {
  Image.debianSlim("3.12").toDockerfile();
} catch (error) {
  console.log(error.message);
}
