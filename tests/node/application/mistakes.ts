import { Image } from "pithy-image";

export default Image.debianSlim("3.12")
  .aptInstall(["git curl"])
  .pipInstall(["openai"])
  .addLocalFile("daytona/execution.sh", "/app/execution.sh", { mod: 0o755 } as object);
