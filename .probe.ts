import { readKerasModel } from './gpu-worker/model/keras-h5.ts';
import { readFileSync, writeFileSync } from 'node:fs';
const src=readFileSync('/tmp/sleap-src/tests/data/models/minimal_robot.UNet.single_instance/best_model.h5');
let seed=Number(process.argv[2]??1); const rnd=()=>{seed=(seed*1103515245+12345)%2147483648; return seed/2147483648};
let ok=0, codes:Record<string,number>={}, slow=0;
for(let i=0;i<800;i++){ const b=Buffer.from(src); const n=1+i%8; for(let k=0;k<n;k++) b[Math.floor(rnd()*(i%3?4000:b.length))]=Math.floor(rnd()*256); writeFileSync('/tmp/h5-oracle/fz.h5', i%50===0? b.subarray(0,Math.floor(rnd()*b.length)):b); const t=Date.now(); try{ await readKerasModel('/tmp/h5-oracle/fz.h5'); ok++ } catch(e:any){ const x=e.cause?.cause; const k=`${e.code} <- ${e.cause?.constructor.name} ${x?.constructor.name==='RuntimeError'?String(x).slice(0,200):''}`; codes[k]=(codes[k]??0)+1 } const d=Date.now()-t; if(d>500) console.log('slow',i,d); }
console.log(ok, codes, process.memoryUsage().rss/1e6);
