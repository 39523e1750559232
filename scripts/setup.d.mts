export function findFirefox(): string | undefined;
export function currentFirefox(): string;
export function findTrustModule(): string | undefined;
export const NEWEST: string;
export const OLDEST: string;
export function homeAssistantFolder(release: string): string;
export function requirementsOf(release: string): string;
export function findPebble(): string | undefined;
export function findCaddy(): string | undefined;
