/** A file that vite.config.ts puts into the build gzipped. */
declare module '*?gzip' {
  const url: string;
  export default url;
}
