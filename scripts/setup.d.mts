export function findFirefox(): string | undefined;
export function findTrustModule(): string | undefined;
export const homeAssistantFolder: string;
