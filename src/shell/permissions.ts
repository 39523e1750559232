import browser from "webextension-polyfill";

export interface Permissions {
  /** The granted origin patterns, as last told by Firefox. */
  readonly origins: () => readonly string[];
  /** Whether the user lets the extension into private windows. */
  readonly privateAllowed: () => boolean;
  readonly refresh: () => Promise<void>;
}

/** What Firefox lets us do, kept at hand so that no request and no tab waits for it. */
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
