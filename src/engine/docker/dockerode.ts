/** dockerode, in a module of its own: bundled without the sessions and the ssh client that hardly anybody needs. */
export { default as Dockerode } from "dockerode";
