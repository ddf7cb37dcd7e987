import { identity } from "./identity";

const output = document.createElement("output");
output.textContent = JSON.stringify(await identity());
document.body.append(output);
