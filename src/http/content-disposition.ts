/**
 * Under which name a file is saved (RFC 6266): an ASCII name for every client, and where that is not the whole truth `filename*` (RFC 8187),
 * which browsers prefer. A name comes from whoever uploaded the file, so nothing of it may end the header or leave the folder.
 */

const MOST_NAME_CHARS = 200;

/** The value of Content-Disposition for a file that the browser shows, and saves as `name`. */
export function inlineAs(name: string): string {
  return disposition('inline', name);
}

/** The same for a file that the browser saves at once. */
export function attachmentAs(name: string): string {
  return disposition('attachment', name);
}

/**
 * `mouse 1.avi` -> `mouse 1.overlay.mp4`: saved beside the video it does not replace it. Cut, since headers have a limit.
 *
 * @param what it is, such as `overlay.mp4`.
 */
export function besideVideo(videoName: string, what: string): string {
  return `${videoName.replace(/\.\w{1,5}$/, '').slice(0, MOST_NAME_CHARS)}.${what}`;
}

function disposition(kind: 'inline' | 'attachment', name: string): string {
  // Separators of folders, control characters and halves of surrogate pairs.
  const safe = name.replace(/[/\\\p{Cc}\p{Cs}]/gu, '_');
  const ascii = safe.replace(/[^\x20-\x7e]|["%]/gu, '_');
  const plain = `${kind}; filename="${ascii}"`;
  return ascii === safe ? plain : `${plain}; filename*=UTF-8''${extValue(safe)}`;
}

/** encodeURIComponent leaves three characters that RFC 8187 does not. */
function extValue(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
