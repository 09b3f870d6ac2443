# docker build -t tokonoma .                           the service, on $PORT (3000), not as root
# docker build -t tokonoma --target cumulocity .       the same as a Cumulocity microservice, on port 80
# docker build -t barista --target barista .           the Kafka worker, its actuator on port 8080
# The Python line is that of runtime.txt. Slim and not Alpine: musl has no wheel of every dependency.
# A tag moves, and brings its fixes with each build; docs/docker.md tells how to build from one digest.
ARG BASE=python:3.13-slim

FROM ${BASE} AS packages
COPY requirements.txt /
# Hashes are checked, nothing is compiled, and pip stays behind.
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement /requirements.txt
COPY server.py gunicorn.conf.py policy.toml /app/
COPY tokonoma /app/tokonoma
# Its user may not write here later.
RUN python -m compileall -q --invalidation-mode unchecked-hash /app


FROM ${BASE} AS barista-packages
COPY requirements/barista.txt /requirements.txt
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement /requirements.txt
COPY tokonoma /app/tokonoma
COPY barista /app/barista
RUN python -m compileall -q --invalidation-mode unchecked-hash /app


FROM ${BASE} AS house
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tokonoma
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1
COPY deploy/docker/healthy.py /usr/local/lib/healthy.py
WORKDIR /app
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s CMD ["python", "/usr/local/lib/healthy.py"]


FROM house AS barista
COPY --from=barista-packages /venv /venv
COPY --from=barista-packages /app /app
USER 10001:10001
ENV PORT=8080
EXPOSE 8080
# Arguments of `docker run` and of Data Flow's exec style come behind it.
ENTRYPOINT ["python", "-m", "barista"]


FROM house AS service
COPY --from=packages /venv /venv
COPY --from=packages /app /app
# Without a shell in between, SIGTERM reaches gunicorn.
CMD ["gunicorn", "server:app"]


FROM service AS cumulocity
# The platform speaks to port 80, and does not promise that others than root may listen there.
USER 0:0
ENV PORT=80
EXPOSE 80


FROM service AS tokonoma
USER 10001:10001
ENV PORT=3000
EXPOSE 3000
