/** Logging for the API and the worker: LogTape, which runs on every JavaScript runtime; JSON lines, or text for a terminal. */
import {
  configure,
  getConsoleSink,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type Logger,
} from '@logtape/logtape';

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;

export interface LogSettings {
  logLevel: (typeof LOG_LEVELS)[number];
  logFormat: 'text' | 'json';
}

/** Call once per process, before the first line is logged. */
export async function configureLog({ logLevel, logFormat }: LogSettings): Promise<void> {
  const formatter =
    logFormat === 'json'
      ? getJsonLinesFormatter()
      : getTextFormatter({ timestamp: 'time', level: 'ABBR', category: '.', value: 'bare' });
  await configure({
    reset: true,
    sinks: { console: getConsoleSink({ formatter }) },
    loggers: [
      { category: 'sleap', lowestLevel: logLevel, sinks: ['console'] },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['console'] },
    ],
  });
}

/** The logger of one part of the service, e.g. `logger('http')`. Properties go in the second argument of its methods. */
export function logger(part: string): Logger {
  return getLogger(['sleap', part]);
}
