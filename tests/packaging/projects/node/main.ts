import { identity } from "./identity.js";

identity().then((found) => console.log(JSON.stringify(found)));
