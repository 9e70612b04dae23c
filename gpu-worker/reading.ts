/**
 * The reading process: checks one dataset beside whatever the device is busy with, and is gone afterwards. What comes in an archive may be
 * anything; memory that it filled, and a crash that it caused, end with the process.
 */
import { readConfig } from '../src/config.ts';
import { configureLog } from '../src/log.ts';
import { runCheck } from './check/task.ts';
import { TaskRunner } from './task-runner.ts';

const config = readConfig(process.env);
await configureLog({ logLevel: config.LOG_LEVEL, logFormat: config.LOG_FORMAT });
new TaskRunner(config, 'reading', runCheck).ready('no device');
