/**
 * A step of AMSGrad (train/amsgrad.ts has the formula) for several variables at once, in place.
 *
 *   per variable: w [size] read and written, g [size];  state [...]: m, v and vhat of each variable in a row;  alpha [1]
 *
 * As many variables as the device lets one shader bind: seven where it binds 16 buffers. A workgroup works on one variable, four numbers a
 * thread; the numbers of a variable start at a multiple of four in the state, so that it is read as vec4 whatever their count.
 * Bytes: 36 per number (g read, w and three states read and written). FLOPs: 14, a division and a root.
 * The step size lies in a buffer, so that a recorded step can be replayed with another. Leaves out: weight decay, clipping.
 */
import { flatGrid, type Program } from './dispatch.ts';

export interface AmsGradConstants {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** What each gradient is multiplied by first. */
  scale: number;
}

const THREADS = 64;

/** How many variables one dispatch takes: two buffers each, and two for all. @param bindable maxStorageBuffersPerShaderStage */
export const variablesPerDispatch = (bindable: number) => Math.floor((bindable - 2) / 2);

/** Where each of three states of a variable lies in the joined state: its first number, and how many each takes. */
export function stateLayout(sizes: readonly number[]): { places: { start: number; stride: number }[]; length: number } {
  let length = 0;
  const places = sizes.map(size => {
    const [start, stride] = [length, 4 * Math.ceil(size / 4)];
    length += 3 * stride;
    return { start, stride };
  });
  return { places, length };
}

/** Writes w of each and the state; reads g of each and alpha. */
export function amsGradProgram(sizes: readonly number[], { beta1, beta2, epsilon, scale }: AmsGradConstants): Program {
  const count = sizes.length;
  const { places } = stateLayout(sizes);
  const type = (size: number) => (size % 4 === 0 ? 'vec4<f32>' : 'f32');
  const bindings = sizes.map(
    (size, i) => `
@group(0) @binding(${i}) var<storage, read_write> w${i}: array<${type(size)}>;
@group(0) @binding(${count + 1 + i}) var<storage, read> g${i}: array<${type(size)}>;`,
  );
  let groups = 0;
  const members = sizes.map((size, i) => {
    const first = groups;
    const quads = Math.ceil(size / 4);
    groups += Math.ceil(quads / THREADS);
    return { i, size, first, end: groups, quads, place: places[i]!.start / 4 };
  });
  const { workgroups, index } = flatGrid(groups);
  const wgsl = `${bindings.join('')}
@group(0) @binding(${count}) var<storage, read_write> state: array<vec4<f32>>;
@group(0) @binding(${2 * count + 1}) var<storage, read> alpha: array<f32>;

/// Moves the state of four numbers on; what to subtract from them.
fn descend(at: u32, stride: u32, scaled: vec4<f32>) -> vec4<f32> {
  let g = scaled * ${scale};
  var m = state[at];
  var v = state[at + stride];
  m += (g - m) * ${1 - beta1};
  v += (g * g - v) * ${1 - beta2};
  let vhat = max(state[at + 2u * stride], v);
  state[at] = m;
  state[at + stride] = v;
  state[at + 2u * stride] = vhat;
  return m * alpha[0] / (sqrt(vhat) + ${epsilon});
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let number = ${index};
  var i: u32;
  var at: u32;
  var stride: u32;
  var g: vec4<f32>;
  ${members.map(load).join(' else ')} else { return; }
  let change = descend(at, stride, g);
  ${members.map(store).join(' else ')}
}`;
  return { name: `AMSGrad ${count}`, wgsl, workgroups };
}

interface Member {
  /** Its number among the variables. */
  i: number;
  size: number;
  /** Its workgroups, from the first to before the end. */
  first: number;
  end: number;
  quads: number;
  /** In the state, in quads. */
  place: number;
}

function load({ i, size, first, end, quads, place }: Member): string {
  // The last four of a count that is no multiple of four reach over the end.
  const one = (c: number) => `g${i}[min(4u * i + ${c}u, ${size - 1}u)]`;
  return `if (number < ${end}u) {
    i = (number - ${first}u) * ${THREADS}u + thread;
    if (i >= ${quads}u) { return; }
    at = ${place}u + i;
    stride = ${quads}u;
    g = ${size % 4 === 0 ? `g${i}[i]` : `vec4<f32>(${[0, 1, 2, 3].map(one).join(', ')})`};
  }`;
}

function store({ i, size, end }: Member): string {
  const each = `for (var c = 0u; c < min(4u, ${size}u - 4u * i); c++) { w${i}[4u * i + c] -= change[c]; }`;
  return `if (number < ${end}u) { ${size % 4 === 0 ? `w${i}[i] -= change;` : each} }`;
}
