/**
 * One step of AMSGrad over all variables, in place (train/amsgrad.ts has the formula).
 *
 *   weights, gradient, m, v, vhat [n] of each item  ->  weights, m, v, vhat [n]
 *
 * An item is a stretch of one variable; the table says where its numbers are. One pass: 36 bytes and 13 FLOPs per weight, a root and a division among
 * them. No number depends on another, so any division into items gives the same ones.
 */

@unmanaged
export class AmsGradUpdate {
  /** [items] of AmsGradStretch */
  table: usize;
  alpha: f32;
  /** What gradients are multiplied by first. */
  scale: f32;
  /** 1 - beta */
  share1: f32;
  share2: f32;
  epsilon: f32;
}

@unmanaged
class AmsGradStretch {
  weights: usize;
  gradient: usize;
  m: usize;
  v: usize;
  vhat: usize;
  /** How many numbers. */
  count: i32;
}

export function amsGradUpdate(job: AmsGradUpdate, item: i32): void {
  const stretch = changetype<AmsGradStretch>(job.table + <usize>item * offsetof<AmsGradStretch>());
  const end = (<usize>stretch.count) << 2;
  const quads = (<usize>(stretch.count & ~3)) << 2;
  const alphas = f32x4.splat(job.alpha),
    scales = f32x4.splat(job.scale),
    shares1 = f32x4.splat(job.share1),
    shares2 = f32x4.splat(job.share2),
    epsilons = f32x4.splat(job.epsilon);
  const weights = stretch.weights,
    gradient = stretch.gradient,
    ms = stretch.m,
    vs = stretch.v,
    vhats = stretch.vhat;
  let at: usize = 0;
  for (; at < quads; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), scales);
    let m = v128.load(ms + at);
    m = f32x4.add(m, f32x4.mul(f32x4.sub(g, m), shares1));
    let v = v128.load(vs + at);
    v = f32x4.add(v, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v), shares2));
    const vhat = f32x4.max(v128.load(vhats + at), v);
    v128.store(ms + at, m);
    v128.store(vs + at, v);
    v128.store(vhats + at, vhat);
    const change = f32x4.div(f32x4.mul(m, alphas), f32x4.add(f32x4.sqrt(vhat), epsilons));
    v128.store(weights + at, f32x4.sub(v128.load(weights + at), change));
  }
  for (; at < end; at += 4) {
    const g = load<f32>(gradient + at) * job.scale;
    let m = load<f32>(ms + at);
    m += (g - m) * job.share1;
    let v = load<f32>(vs + at);
    v += (g * g - v) * job.share2;
    const vhat = max(load<f32>(vhats + at), v);
    store<f32>(ms + at, m);
    store<f32>(vs + at, v);
    store<f32>(vhats + at, vhat);
    store<f32>(weights + at, load<f32>(weights + at) - (m * job.alpha) / (sqrt(vhat) + job.epsilon));
  }
}
