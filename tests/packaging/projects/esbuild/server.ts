import { identity } from "./identity";

identity().then((found) => console.log(JSON.stringify(found)));
