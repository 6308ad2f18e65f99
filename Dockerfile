# The site as an image: everything pinned, nobody root, pages' files named by their content.

FROM python:3.13-slim AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home progmetal
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py pyproject.toml LICENSE ./
COPY progmetal progmetal
COPY catalog catalog
COPY templates templates
COPY static static
COPY deploy/gunicorn.py deploy/gunicorn.py
RUN python manage.py collectstatic --noinput && mkdir -p /run/metrics && chown progmetal /run/metrics
ENV PROMETHEUS_MULTIPROC_DIR=/run/metrics
USER progmetal
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn", "--config", "deploy/gunicorn.py", "progmetal.wsgi"]
