# docker build --build-arg RUNTIME=cpu -t lumbar-triage:0.1.0-cpu .        (or RUNTIME=gpu)
FROM python:3.11-slim-bookworm AS build
ARG RUNTIME=cpu
WORKDIR /app
COPY locks locks
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r locks/${RUNTIME}.txt
COPY pyproject.toml README.md ./
COPY service service
COPY onnx_models/manifest.json onnx_models/*.onnx onnx_models/
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable . && .venv/bin/python -m compileall -q service

FROM python:3.11-slim-bookworm
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp LUMBAR_TRIAGE_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8000
CMD ["lumbar-triage", "serve"]
