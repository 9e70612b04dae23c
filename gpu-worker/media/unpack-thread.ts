/**
 * The thread behind unpackArchive(), which can be killed while 7-Zip is busy: one archive, then it ends. The work itself is in
 * unpack-layers.ts, apart from here, so that it can also be called on a thread that is there already.
 */
import { workerData } from 'node:worker_threads';
import { answer } from './answer.ts';
import { unpackHere } from './unpack-layers.ts';

await answer(() => unpackHere(workerData));
