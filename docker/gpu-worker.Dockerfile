# The worker: it asks the database for work, opens no port, and computes on a GPU through Vulkan or on the CPU. docs/docker.md says how to run it.
#   docker build -f docker/gpu-worker.Dockerfile -t sleap-worker-gpu .
#   docker build -f docker/gpu-worker.Dockerfile -t sleap-worker-cpu --build-arg DEVICE=cpu .
# Debian 13, because Dawn refuses the Mesa 22.3 of Debian 12; 13 has 25.
ARG DEVICE=gpu

FROM node:24-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# No package that the service loads needs its install script.
RUN npm ci --omit=dev --ignore-scripts
# What the worker never imports; test/house/docker.test.ts holds this list against the code.
RUN npm pkg delete optionalDependencies devDependencies \
      dependencies.@ffmpeg/ffmpeg \
      dependencies.@hono/node-server \
      dependencies.@hono/zod-openapi \
      dependencies.@preact/signals \
      dependencies.@tensorflow/tfjs-backend-cpu \
      dependencies.client-zip \
      dependencies.hono \
      'dependencies[libarchive.js]' \
      dependencies.multipasta \
      dependencies.preact \
      dependencies.standardwebhooks \
      dependencies.swagger-ui-dist \
      dependencies.uplot \
      dependencies.vite \
 && npm prune --omit=dev --ignore-scripts
# Dawn comes for every platform in one package.
RUN find node_modules/webgpu/dist -mindepth 1 -maxdepth 1 ! -name "linux-$(node -p process.arch)" -exec rm -r {} +

FROM node:24-trixie-slim AS on-cpu
ENV BACKEND=wasm

# The Vulkan loader and Mesa's drivers for AMD and Intel. NVIDIA's driver is the host's: its container toolkit mounts it, and its libraries
# are linked with X11's and look for EGL, which a slim image lacks. `graphics` is what makes the toolkit bring the Vulkan part.
# Mesa's driver that computes on the CPU goes: a host whose GPU is not reached must say so, not become slow.
FROM node:24-trixie-slim AS on-gpu
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libvulkan1 mesa-vulkan-drivers libegl1 libx11-6 libxext6 \
 && rm -r /var/lib/apt/lists/* /usr/share/vulkan/icd.d/lvp_icd*.json
ENV BACKEND=webgpu NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics

FROM on-${DEVICE}
# /data: scratch space and the driver's compiled shaders, for one container alone. /weights: several containers may share it.
ENV NODE_ENV=production DATA_DIR=/data WEIGHTS_DIR=/weights XDG_CACHE_HOME=/data/cache
RUN mkdir /data /weights && chown node:node /data /weights
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json tsconfig.json ./
COPY src src
COPY gpu-worker gpu-worker
COPY docker/worker-health.ts docker/worker-health.ts
USER node
VOLUME /data
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --start-interval=2s \
  CMD ["node", "docker/worker-health.ts"]
# Not through npm, which would stand between Docker's SIGTERM and the worker.
CMD ["node", "gpu-worker/start.mjs"]
