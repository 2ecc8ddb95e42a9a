# The image is the release. Build it from the root of the repository:
#   docker build -t stillwater .
# Only what .dockerignore lets through is copied. Nothing secret belongs into an image: the token
# and the key come in as files when it runs (deploy/compose.yaml).

FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements/run.txt ./
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
      --only-binary :all: --require-hashes -r run.txt \
 && /opt/venv/bin/python -m compileall -q /opt/venv/lib \
 && /opt/venv/bin/pip uninstall --yes --quiet setuptools pip

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STILLWATER_DATA_DIR=/data
RUN groupadd --gid 10001 stillwater \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin stillwater \
 && install --directory --mode 0700 --owner 10001 --group 10001 /data
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY LICENSE ./
COPY bot ./bot
COPY handlers ./handlers
COPY content ./content
USER 10001:10001
VOLUME /data
STOPSIGNAL SIGTERM
# Healthy: the bot's loops turned within the last minute. See "Health" in the README.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 \
  CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
