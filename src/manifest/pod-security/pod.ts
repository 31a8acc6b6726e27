/**
 * What Pod Security admission looks at in a Pod: the fields of its checks and no others. Names are those of the API.
 * `undefined` is an absent field, which is often not the same as `false` or an empty one.
 */

export interface Capabilities {
  readonly add: readonly string[];
  readonly drop: readonly string[];
}

/** What a pod's and a container's security context have in common. */
export interface SharedContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  /** `type` is `""` where the profile is there and its type is not. */
  readonly seccompProfile?: { readonly type: string };
  readonly appArmorProfile?: { readonly type: string };
  readonly seLinuxOptions?: { readonly type: string; readonly user: string; readonly role: string };
  readonly windowsHostProcess?: boolean;
}

export interface SecurityContext extends SharedContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: Capabilities;
  readonly procMount?: string;
}

export interface PodSecurityContext extends SharedContext {
  readonly fsGroup?: number;
  readonly sysctls: readonly string[];
}

/** Numbers as they are written; 0 is none. */
export interface ContainerPort {
  readonly containerPort: number;
  readonly hostPort: number;
}

export interface Container {
  /** As it is called in the pod: `step-build`, not `build`. */
  readonly name: string;
  readonly securityContext?: SecurityContext;
  readonly ports: readonly ContainerPort[];
  /** Hosts of HTTP and TCP probes and lifecycle hooks. */
  readonly hosts: readonly string[];
}

export interface Volume {
  readonly name: string;
  /** Names of the sources that are set (`emptyDir`); none is an `emptyDir` to the API server. */
  readonly sources: readonly string[];
}

export interface Pod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  readonly hostUsers?: boolean;
  /** `spec.os.name`. */
  readonly os?: string;
  readonly securityContext?: PodSecurityContext;
  readonly volumes: readonly Volume[];
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
  readonly ephemeralContainers: readonly Container[];
}

/** A Pod of which nothing is written. */
export const emptyPod: Pod = {
  annotations: {},
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  volumes: [],
  initContainers: [],
  containers: [],
  ephemeralContainers: [],
};

/** All containers in the order in which admission visits and names them. */
export const containersOf = (pod: Pod): readonly Container[] => [
  ...pod.initContainers,
  ...pod.containers,
  ...pod.ephemeralContainers,
];
