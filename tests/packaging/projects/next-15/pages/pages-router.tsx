export { default } from "../app/client/page";
