/**
 * `npm run doctor`: looks at everything that the service needs on this machine, before it starts or when it does not, and says of each what was
 * found and what to do. Reads the same environment as the service. Exit code 0: it will run; 1: it will not; 2: arguments not understood.
 */
import { parseArgs } from 'node:util';
import { type Config, readConfig } from '../src/config.ts';
import { messageOf } from '../src/errors.ts';
import { judgeDatabase } from './doctor/database.ts';
import { judgeDevice } from './doctor/device.ts';
import { type Finding, fail, ok } from './doctor/finding.ts';
import { judgeCores, judgeDisk, judgeMemory, judgeNode } from './doctor/machine.ts';
import { judgePage, judgePort, judgeWeights } from './doctor/service.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let asJson: boolean;
  try {
    asJson = parseArgs({ args, options: { json: { type: 'boolean', default: false } } }).values.json;
  } catch (error) {
    console.error(`${messageOf(error)}\nusage: sleap-microservice doctor [--json]`);
    return 2;
  }
  const findings = await examine();
  if (asJson) console.log(JSON.stringify(findings, null, 2));
  else for (const finding of findings) console.log(inWords(finding));
  return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}

async function examine(): Promise<Finding[]> {
  const machine = [judgeNode(process.versions.node), judgeCores(), judgeMemory()];
  const config = settings();
  // Without them there is nothing further to look at.
  if (config instanceof Error)
    return [...machine, fail('settings', config.message, 'Correct these environment variables.')];
  const { DATABASE_URL, DATA_DIR, HOST, PORT, WEIGHTS_DIR } = config;
  const rest = await Promise.all([
    judgeDisk(DATA_DIR),
    judgeDatabase(DATABASE_URL, DATA_DIR),
    judgeDevice(process.env),
    judgeWeights(WEIGHTS_DIR),
    judgePort(HOST, PORT),
  ]);
  return [...machine, ok('settings', 'understood'), ...rest, judgePage()];
}

function settings(): Config | Error {
  try {
    return readConfig(process.env);
  } catch (error) {
    return error as Error;
  }
}

function inWords({ name, verdict, found, remedy }: Finding): string {
  const line = `${verdict.padEnd(4)}  ${name.padEnd(8)}  ${found}`;
  return remedy === null ? line : `${line}\n${' '.repeat(16)}→ ${remedy}`;
}
