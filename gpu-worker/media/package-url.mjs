/**
 * Where a package lies, as an import of it from here would find it. A file of its own and no TypeScript, since `import.meta.resolve` asks on behalf of
 * the file that it stands in: code that was put together from many files (thread-code.ts, process-code.ts) leaves this one outside.
 */

/** @param name such as "h5wasm/node". @throws Error when it is not installed. */
export const packageUrl = name => import.meta.resolve(name);
