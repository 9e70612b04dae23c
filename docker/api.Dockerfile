# The API and the page: no GPU, no TensorFlow.js, nothing that computes. docs/docker.md says how to run it.
#   docker build -f docker/api.Dockerfile -t sleap-api .
# Debian 13 is also what the worker needs (gpu-worker.Dockerfile), so both images share their lowest layers.

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package that the service loads needs its install script.
RUN npm ci --omit=dev --ignore-scripts
COPY vite.config.ts tsconfig.json ./
COPY web web
COPY client client
COPY src/contract src/contract
RUN npx vite build --logLevel warn
# What src/serve/node.ts never imports; test/house/docker.test.ts holds this list against the code.
# tsx stays, which runs the TypeScript. The versions of what stays are the lock file's.
RUN npm pkg delete optionalDependencies devDependencies \
      dependencies.@ffmpeg/core \
      dependencies.@ffmpeg/ffmpeg \
      dependencies.@preact/signals \
      dependencies.@tensorflow/tfjs-backend-cpu \
      dependencies.@tensorflow/tfjs-backend-wasm \
      dependencies.@tensorflow/tfjs-backend-webgpu \
      dependencies.@tensorflow/tfjs-core \
      dependencies.@tensorflow/tfjs-layers \
      dependencies.7z-wasm \
      dependencies.csv-parse \
      dependencies.esbuild \
      dependencies.h5wasm \
      'dependencies[libarchive.js]' \
      dependencies.preact \
      dependencies.sharp \
      dependencies.swagger-ui-dist \
      dependencies.uplot \
      dependencies.vite \
      dependencies.webgpu \
      dependencies.yaml \
 && npm prune --omit=dev --ignore-scripts

FROM node:24-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=5000
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json tsconfig.json ./
COPY src src
USER node
EXPOSE 5000
# It listens once the database is migrated; readyz asks the database.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Not through npm, which would stand between Docker's SIGTERM and the service.
CMD ["node", "--max-semi-space-size=4", "--max-old-space-size=1024", "--import", "tsx", "src/serve/node.ts"]
