/** execa, in a module of its own: bundled, it loads in a fraction of the time that its many files take. */
export { execa } from "execa";
