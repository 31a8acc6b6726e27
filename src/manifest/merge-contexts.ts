/** How Tekton lays a step's security context over that of its stepTemplate. */
import type { SecurityContext } from "./pod-security/pod.ts";

/**
 * Field by field, the stronger wins; `capabilities.add` and `drop` are each taken whole, and an empty list counts as
 * none.
 * @see https://github.com/tektoncd/pipeline/blob/main/pkg/apis/pipeline/v1/merge.go
 */
export function mergeContexts(
  strong: SecurityContext | undefined,
  weak: SecurityContext | undefined,
): SecurityContext | undefined {
  if (strong === undefined || weak === undefined) return strong ?? weak;
  const capabilities =
    strong.capabilities === undefined || weak.capabilities === undefined
      ? (strong.capabilities ?? weak.capabilities)
      : {
          add: strong.capabilities.add.length > 0 ? strong.capabilities.add : weak.capabilities.add,
          drop: strong.capabilities.drop.length > 0 ? strong.capabilities.drop : weak.capabilities.drop,
        };
  const seLinuxOptions =
    strong.seLinuxOptions === undefined || weak.seLinuxOptions === undefined
      ? (strong.seLinuxOptions ?? weak.seLinuxOptions)
      : {
          type: strong.seLinuxOptions.type || weak.seLinuxOptions.type,
          user: strong.seLinuxOptions.user || weak.seLinuxOptions.user,
          role: strong.seLinuxOptions.role || weak.seLinuxOptions.role,
        };
  const seccompProfile = mergeProfiles(strong.seccompProfile, weak.seccompProfile);
  const appArmorProfile = mergeProfiles(strong.appArmorProfile, weak.appArmorProfile);
  return {
    ...weak,
    ...strong,
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(seLinuxOptions === undefined ? {} : { seLinuxOptions }),
    ...(seccompProfile === undefined ? {} : { seccompProfile }),
    ...(appArmorProfile === undefined ? {} : { appArmorProfile }),
  };
}

type Profile = SecurityContext["seccompProfile"];

const mergeProfiles = (strong: Profile, weak: Profile): Profile =>
  strong === undefined || weak === undefined ? (strong ?? weak) : { type: strong.type || weak.type };
