import browser from "webextension-polyfill";

export interface Permissions {
  /** The granted origin patterns, as Firefox reported them last. */
  readonly origins: () => readonly string[];
  /** Whether the user allows the extension in private windows. */
  readonly privateAllowed: () => boolean;
  readonly refresh: () => Promise<void>;
}

/** What Firefox allows the extension, kept in memory so no request and no tab waits for it. */
export function createPermissions(): Permissions {
  let origins: readonly string[] = [];
  let privateAllowed = false;
  return {
    origins: () => origins,
    privateAllowed: () => privateAllowed,
    refresh: async () => {
      const [all, allowed] = await Promise.all([
        browser.permissions.getAll(),
        browser.extension.isAllowedIncognitoAccess(),
      ]);
      origins = all.origins ?? [];
      privateAllowed = allowed;
    },
  };
}
