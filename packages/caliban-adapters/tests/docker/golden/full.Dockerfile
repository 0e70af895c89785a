FROM python:3.12-slim AS prepared
USER root
RUN python3 -c 'import ensurepip, venv' || { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv && apt-get clean && rm -rf /var/lib/apt/lists/*; }
RUN mkdir -p /home/caliban /usr/app && chmod 1777 /home/caliban && chmod 0777 /usr/app \
    && python3 -m venv --without-pip --system-site-packages /opt/venv \
    && python3 -c 'import site, sys; sys.prefix == sys.base_prefix or print(f"import site; site.addsitedir({site.getsitepackages()[0]!r})")' \
    > "$(/opt/venv/bin/python -c 'import site; print(site.getsitepackages()[0])')/base_image.pth"
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /usr/app
FROM prepared AS uv
RUN --mount=type=cache,target=/root/.cache/pip export PIP_CERT="${PIP_CERT:-$(ls /etc/ssl/certs/ca-certificates.crt)}" \
    && python3 -m venv /opt/uv && /opt/uv/bin/pip install --disable-pip-version-check uv==0.13.9
FROM prepared AS code
COPY --chmod=0777 ["./", "/code/"]
RUN ["rm", "-rf", "--", "/code/data/images", "/code/models"]
FROM prepared
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends git libsm6 && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY --chmod=0777 ["./requirements.txt", "/opt/requirements/"]
COPY --chmod=0777 ["./requirements/base.txt", "/opt/requirements/requirements/"]
COPY --chmod=0777 ["./limits.txt", "/opt/requirements/"]
RUN --mount=type=bind,from=uv,source=/opt/uv,target=/opt/uv --mount=type=cache,target=/root/.cache/uv ["sh", "-c", "\"$@\" && { /opt/venv/bin/python -m compileall -qq -j 0 -x /tests/ /opt/venv/lib || true; }", "sh", "/opt/uv/bin/uv", "pip", "install", "--python", "/opt/venv/bin/python", "--system-certs", "--no-progress", "--cache-dir", "/root/.cache/uv", "--link-mode", "copy", "--requirements", "/opt/requirements/requirements.txt"]
ENV HOME=/home/caliban PYTHONUNBUFFERED=1
RUN ["mkdir", "-p", "-m", "0777", "--", "data", "data/images", "models"]
COPY --chmod=0777 ["./data/images", "./data/images/"]
COPY --chmod=0777 ["./models", "./models/"]
COPY --from=code ["/code/", "./"]
