export function packageUrl(name: string): string;
