/** Files by path, as they went into the code. */
export type Inputs = Map<string, Uint8Array>;
/** The newest code of some entries: `digest` is of its files and names its folder. */
export interface Made {
  digest: string;
  paths: string[];
}
export const ENTRIES: Record<'main' | 'compute' | 'reading', URL>;
export function cacheFolder(): string;
export function recordPath(entries: Record<string, URL>, cache: string): string;
export function keptCode(entries: Record<string, URL>, cache: string): Promise<string | null>;
export function digestOf(inputs: Inputs): string;
