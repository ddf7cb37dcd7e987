import { Image } from "pithy-image";

export default Image.fromDockerfile("Dockerfile");
