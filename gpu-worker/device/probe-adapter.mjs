/**
 * Asks Dawn for the GPU adapter of this machine (its flags as arguments) and prints one line of JSON: {description, software} or null.
 *
 * Run as a process of its own by webgpu.ts: without a Vulkan library Dawn writes warnings straight to stderr, and a broken GPU driver
 * kills the process it is loaded into. Plain JavaScript, so that Node starts it without a loader.
 */
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
const adapter = await create(process.argv.slice(2)).requestAdapter({ powerPreference: 'high-performance' });
const describe = ({ info, isFallbackAdapter }) => {
  const description = info.device || info.description || info.vendor || 'unnamed GPU';
  const named = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  const software =
    Boolean(isFallbackAdapter || info.isFallbackAdapter) || /llvmpipe|lavapipe|swiftshader|basic render/i.test(named);
  return { description, software };
};
process.stdout.write(JSON.stringify(adapter === null ? null : describe(adapter)));
process.exit(0); // Dawn's threads would keep the process alive
