export function findFirefox(): string | undefined;
export function findTrustModule(): string | undefined;
export const homeAssistantFolder: string;
export function findPebble(): string | undefined;
export function findCaddy(): string | undefined;
