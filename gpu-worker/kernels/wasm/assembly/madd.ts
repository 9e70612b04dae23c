/**
 * The one arithmetic operation that all products are made of, a * b + c on four float32 at once.
 *
 * Compiled twice: with relaxed SIMD as one fused instruction, rounded once; without it as two. On a core that multiplies and adds side by side
 * (AMD Zen) both run at the same speed; where one unit does either (Intel, many ARM cores) the fused one is up to twice as fast.
 */

export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<f32>(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
