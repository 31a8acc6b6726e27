/**
 * What to do where a registry gives no catalogue: `_catalog` is no part of the distribution specification, and the large
 * services have an API of their own instead. The commands print repositories, one a line, as `scan -` reads them.
 */

interface Service {
  readonly name: string;
  readonly hosts: RegExp;
  /** It has no catalogue for anybody, so that it need not be asked. */
  readonly never: boolean;
  readonly command: (host: string) => string;
}

const services: readonly Service[] = [
  {
    name: "Docker Hub",
    hosts: /^docker\.io$/,
    never: true,
    command: () =>
      `curl -s "https://hub.docker.com/v2/repositories/ORG/?page_size=100" | jq -r '.results[] | "docker://docker.io/ORG/" + .name'`,
  },
  {
    name: "GitHub's registry",
    hosts: /^ghcr\.io$/,
    never: true,
    command: () =>
      `gh api --paginate "/orgs/ORG/packages?package_type=container" --jq '.[] | "docker://ghcr.io/ORG/" + .name'`,
  },
  {
    name: "GitLab's registry",
    hosts: /^registry\.gitlab\.com$/,
    never: true,
    command: () => `glab api --paginate "/groups/GROUP/registry/repositories" | jq -r '.[] | "docker://" + .location'`,
  },
  {
    name: "Quay",
    hosts: /^quay\.io$/,
    never: false,
    command: () =>
      `curl -s "https://quay.io/api/v1/repository?namespace=ORG&public=true" | jq -r '.repositories[] | "docker://quay.io/ORG/" + .name'`,
  },
  {
    name: "Amazon ECR",
    hosts: /\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/,
    never: false,
    command: () =>
      `aws ecr describe-repositories --output json | jq -r '.repositories[] | "docker://" + .repositoryUri'`,
  },
  {
    name: "Amazon ECR Public",
    hosts: /^public\.ecr\.aws$/,
    never: true,
    command: () =>
      `aws ecr-public describe-repositories --region us-east-1 --output json | jq -r '.repositories[] | "docker://" + .repositoryUri'`,
  },
  {
    name: "Azure's registry",
    hosts: /\.azurecr\.(?:io|cn|us)$/,
    never: false,
    command: (host) =>
      `az acr repository list -n ${host.split(".", 1)[0] ?? "NAME"} -o tsv | sed "s|^|docker://${host}/|"`,
  },
  {
    name: "Google's registry",
    hosts: /(?:-docker\.pkg\.dev|^(?:[a-z]+\.)?gcr\.io)$/,
    never: false,
    command: (host) =>
      `gcloud artifacts docker images list ${host}/PROJECT/REPOSITORY --format="value(package)" | sort -u | sed "s|^|docker://|"`,
  },
];

/** Why the host need not be asked for a catalogue; undefined where it may have one. */
export function withoutCatalogue(host: string): string | undefined {
  const service = services.find(({ hosts, never }) => never && hosts.test(host));
  return service === undefined ? undefined : `${service.name} gives nobody a list of all repositories`;
}

/** The way that works for a registry that gives no catalogue. */
export function catalogueHint(host: string): string {
  const service = services.find(({ hosts }) => hosts.test(host));
  if (service !== undefined) {
    return `scan one repository (docker://${host}/ORG/REPOSITORY), or list them with its own tools: ${service.command(host)} | image-fix scan -`;
  }
  return `log in as somebody who may list the catalogue (Harbor: a system administrator), or scan repositories: image-fix scan docker://${host}/REPOSITORY, or a list of them, one a line: image-fix scan @repositories.txt`;
}
