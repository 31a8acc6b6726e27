/** Registries that serve copies of other registries' images under the same or a rewritten name. */

interface Copy {
  readonly from: RegExp;
  readonly to: string;
}

/** Each with where its owner says so. A registry that anybody may push to under such a name is not among them. */
const copies: readonly Copy[] = [
  // https://docs.docker.com/docker-hub/image-library/mirror/
  { from: /^(?:registry-1\.docker\.io|registry\.hub\.docker\.com)\/(?!.*\/.*\/)/, to: "docker.io/" },
  // https://github.com/docker-library/official-images#architectures-other-than-amd64
  {
    from: /^docker\.io\/(?:amd64|arm32v[567]|arm64v8|i386|ppc64le|riscv64|s390x|winamd64)\//,
    to: "docker.io/library/",
  },
  // https://cloud.google.com/artifact-registry/docs/pull-cached-dockerhub-images
  { from: /^mirror\.gcr\.io\/library\//, to: "docker.io/library/" },
  { from: /^mirror\.gcr\.io\/(?=[^/]+\/[^/]+$)/, to: "docker.io/" },
  { from: /^mirror\.gcr\.io\/(?=[^/]+$)/, to: "docker.io/library/" },
  // https://gallery.ecr.aws/docker/
  { from: /^public\.ecr\.aws\/docker\/library\//, to: "docker.io/library/" },
  // https://gallery.ecr.aws/bitnami/ and https://github.com/bitnami/containers/issues/83267
  { from: /^(?:public\.ecr\.aws\/bitnami|docker\.io\/bitnamilegacy)\//, to: "docker.io/bitnami/" },
  // https://learn.microsoft.com/azure/container-registry/artifact-cache-overview
  { from: /^mcr\.microsoft\.com\/mirror\/docker\/library\//, to: "docker.io/library/" },
  // https://access.redhat.com/articles/4301321 (UBI is the same in both registries)
  { from: /^registry\.redhat\.io\/(?=ubi\d+(?:-[a-z]+)?(?:\/|$))/, to: "registry.access.redhat.com/" },
  // https://hub.docker.com/u/redhat (published by Red Hat)
  { from: /^docker\.io\/redhat\/(?=ubi\d+(?:-(?:minimal|micro|init))?$)/, to: "registry.access.redhat.com/" },
  // https://quay.io/organization/fedora (published by Fedora)
  { from: /^(?:quay\.io\/fedora|registry\.fedoraproject\.org)\/fedora$/, to: "docker.io/library/fedora" },
  // https://github.com/elastic/dockerfiles (what docker.io/library builds from is generated from Elastic's own)
  { from: /^docker\.elastic\.co\/(elasticsearch|kibana|logstash)\/(?=\1$)/, to: "docker.io/library/" },
];

/**
 * The name that an image is known by first, for a name without tag and digest.
 * `public.ecr.aws/docker/library/node` → `docker.io/library/node`; any other name is given back.
 */
export function firstName(name: string): string {
  const copy = copies.find(({ from }) => from.test(name));
  if (copy === undefined) return name;
  const renamed = name.replace(copy.from, copy.to);
  return renamed.replace(/^docker\.io\/(?=[^/]+$)/, "docker.io/library/");
}
