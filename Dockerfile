# The server and everything that its extras bring, from the hash-locked packages; nothing is compiled.
#   docker build -t threadkeep .
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/threadkeep
COPY requirements/run.lock requirements/run.lock
RUN /opt/threadkeep/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN /opt/threadkeep/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/threadkeep --create-home threadkeep
COPY --from=build /opt/threadkeep /opt/threadkeep
ENV PATH=/opt/threadkeep/bin:$PATH PYTHONUNBUFFERED=1 THREADKEEP_DETECT_MODELS=false
USER 10001
WORKDIR /var/lib/threadkeep
VOLUME /var/lib/threadkeep
EXPOSE 8400 9400
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8400/health/live')"]
ENTRYPOINT ["threadkeep"]
CMD ["serve", "--host", "0.0.0.0"]
