import { init } from "pithy-image";
import wasm from "pithy-image/pithy-image.wasm";
import { identity } from "./identity";

await init(wasm);
const output = document.createElement("output");
output.textContent = JSON.stringify(await identity());
document.body.append(output);
