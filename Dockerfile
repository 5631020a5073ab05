# JupyterLab with Go, the GoNB kernel and this checkout, all pinned and built.
#
#	docker build -t pnclab .
#	docker run --rm -p 8888:8888 pnclab                      # JupyterLab with the notebooks
#	docker run --rm -v "$PWD/report:/out" --user root pnclab go run . reproduce --out /out
FROM golang:1.26.4-bookworm AS go

FROM quay.io/jupyter/base-notebook:2026-05-31
COPY --from=go /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:${PATH} CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-buildvcs=false

USER ${NB_UID}
WORKDIR /home/${NB_USER}/pnclab
COPY --chown=${NB_UID}:${NB_GID} go.mod go.sum ./
RUN go mod download
COPY --chown=${NB_UID}:${NB_GID} . .

# Build the kernel, write its kernelspec, and fill the build cache with what the
# first cells need, so that notebooks start quickly and without a network.
RUN go build ./... \
	&& go run . lab -- --version \
	&& go run . reproduce 00 --out /tmp/report \
	&& rm -r /tmp/report

EXPOSE 8888
CMD ["go", "run", ".", "lab", "--", "--ip=0.0.0.0", "--port=8888", "--no-browser"]
