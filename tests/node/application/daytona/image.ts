import { Image } from "pithy-image";

export default Image.debianSlim("3.12")
  .aptInstall(["git", "curl", "jq"])
  .pipInstall(["openai"])
  .addLocalFile("daytona/execution.sh", "/app/execution.sh", { mode: 0o755 });
