FROM python:3.12-slim AS prepared
USER root
RUN python3 -c 'import venv' || { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv && apt-get clean && rm -rf /var/lib/apt/lists/*; }
RUN mkdir -p /home/caliban /usr/app && chmod 1777 /home/caliban && chmod 0777 /usr/app \
    && python3 -m venv --without-pip --system-site-packages /opt/venv \
    && python3 -c 'import site, sys; sys.prefix == sys.base_prefix or print(f"import site; site.addsitedir({site.getsitepackages()[0]!r})")' \
    > "$(/opt/venv/bin/python -c 'import site; print(site.getsitepackages()[0])')/base_image.pth"
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /usr/app
FROM prepared
ENV HOME=/home/caliban PYTHONUNBUFFERED=1
RUN ["mkdir", "-p", "-m", "0777", "--", "trainer"]
COPY --chmod=0777 ["./trainer", "./trainer/"]
