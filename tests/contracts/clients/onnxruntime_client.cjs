// ONNX Runtime in node, fed with bytes: prints {logits, feature_vector} as JSON.
// Arguments: package (onnxruntime-node or onnxruntime-web), model.onnx, raw pictures, N, S.
const fs = require('fs');
const [name, model, path, number, side] = process.argv.slice(2);
const ort = require(require.resolve(name, {paths: [process.cwd()]}));
async function main() {
  if (name === 'onnxruntime-web') ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(name === 'onnxruntime-web' ? fs.readFileSync(model) : model);
  const bytes = new Uint8Array(fs.readFileSync(path));
  const image = new ort.Tensor('uint8', bytes, [+number, +side, +side, 3]);
  const output = await session.run({image});
  const found = {};
  for (const key of ['logits', 'feature_vector']) found[key] = Array.from(output[key].data);
  console.log(JSON.stringify(found));
}
main().catch(error => { console.error(error); process.exit(1); });
