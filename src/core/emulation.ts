/** What to do where the kernel takes no programs of a platform: `exec format error` (`ENOEXEC`, execve(2)). */
export const emulationHint =
  "run it on a machine of that platform, or have this one's kernel emulate it: docker run --privileged --rm tonistiigi/binfmt --install all, or install qemu-user-static";
