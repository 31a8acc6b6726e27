export { failureOfAbort } from "../core/abort.ts";
