import * as tf from '@tensorflow/tfjs-core';
import v8 from 'node:v8';
if (process.argv[3]==='relaxed') v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
const { openDevice } = await import('./gpu-worker/device/open.ts');
const { hasRelaxedSimd } = await import('./gpu-worker/kernels/wasm/threads.ts');
const { convolutions, UNET_CASES } = await import('./test/bench/unet-cases.ts');
const threads=Number(process.argv[2]??2);
await openDevice('wasm',{threads}); console.log('relaxed',hasRelaxedSimd(), process.version);
const B=4; const tot={f:0,x:0,w:0,fl:0};
for (const c of convolutions(UNET_CASES.lab160)) {
  const x=tf.randomNormal([B,c.heightPx,c.widthPx,c.channels]) as tf.Tensor4D, w=tf.randomNormal([c.kernel,c.kernel,c.channels,c.filters]) as tf.Tensor4D;
  const dy=tf.randomNormal([B,c.heightPx,c.widthPx,c.filters]) as tf.Tensor4D; const b=tf.randomNormal([c.filters]);
  const fl=2*B*c.heightPx*c.widthPx*c.kernel**2*c.channels*c.filters;
  const run=(k:string,i:any,a:any)=>{const f=()=>tf.dispose(tf.engine().runKernel(k,i,{strides:[1,1],pad:'same',dataFormat:'NHWC',dilations:[1,1],...a}) as any); for(let i=0;i<5;i++)f(); let best=1e9; const n=15; for(let i=0;i<n;i++){const t=performance.now();f();best=Math.min(best,performance.now()-t)} return best};
  const f=run('FusedConv2D',{x,filter:w,bias:b},{activation:'relu'}), dx=run('Conv2DBackpropInput',{dy,filter:w},{inputShape:x.shape}), dw=run('Conv2DBackpropFilter',{x,dy},{filterShape:w.shape});
  tot.f+=f;tot.x+=dx;tot.w+=dw;tot.fl+=fl;
  console.log(`${c.heightPx}x${c.widthPx} k${c.kernel} ${c.channels}->${c.filters}`.padEnd(26), 'fwd',f.toFixed(2),(fl/f/1e6/threads).toFixed(1),' dX',dx.toFixed(2),(fl/dx/1e6/threads).toFixed(1),' dW',dw.toFixed(2),(fl/dw/1e6/threads).toFixed(1));
  tf.dispose([x,w,dy,b]);
}
console.log('sum', tot, 'GFLOP/s/thread', (tot.fl/tot.f/1e6/threads).toFixed(1),(tot.fl/tot.x/1e6/threads).toFixed(1),(tot.fl/tot.w/1e6/threads).toFixed(1));
process.exit(0)
