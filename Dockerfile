# JupyterLab with Go, the kernel of the notebooks and this checkout, all pinned and built;
# it needs no network to run. docs/image.md says how to use it, alone and with a class.
#
#	docker build -t pnclab .
#	docker run --rm -p 127.0.0.1:8888:8888 -v pnclab-work:/home/jovyan/pnclab/notebooks/work pnclab
ARG GO_IMAGE=golang:1.26.4-bookworm
ARG JUPYTER_IMAGE=quay.io/jupyter/base-notebook:2026-05-31

# Downloads depend on go.mod alone: an edit of the code does not repeat them. Notebooks
# build in a workspace, which needs the descriptions of a few more modules.
FROM ${GO_IMAGE} AS modules
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-buildvcs=false GOPATH=/go GOCACHE=/build
WORKDIR /home/jovyan/pnclab
COPY go.mod go.sum ./
COPY internal/notebook/gopls/go.mod internal/notebook/gopls/go.sum internal/notebook/gopls/
RUN go mod download \
	&& go work init . && go list -m all >/dev/null && rm go.work \
	&& cd internal/notebook/gopls && go mod download

# The program and the kernel's tools; their build cache stays here. Then a notebook runs
# with an empty folder for modules, which afterwards has just those that cells need, and
# what cells import is compiled for them, with their tag, into an empty cache. (What the playground's page is made
# of is not there: it is compiled when a notebook first shows it.)
FROM modules AS built
ENV HOME=/home/jovyan XDG_CACHE_HOME=/home/jovyan/.cache
COPY . .
RUN go build -trimpath -ldflags="-s -w" -o /usr/local/bin/pnclab . \
	&& pnclab kernelspec install --completion
RUN export GOMODCACHE=/home/jovyan/go/pkg/mod GOPROXY=file:///go/pkg/mod/cache/download GOSUMDB=off \
	&& pnclab reproduce 00 --out /tmp/report \
	&& GOCACHE=/home/jovyan/.cache/go-build go build -tags=pnclab_cell ./pnc ./plotting \
	&& find "$GOMODCACHE/cache/download" -name '*.zip' -delete \
	&& chmod -R u+w "$GOMODCACHE/github.com/janpfeifer" && rm -r "$GOMODCACHE"/github.com/janpfeifer/gonb@*/docs \
	&& rm -r /tmp/report "$XDG_CACHE_HOME/pnclab/runs"
# What only the development of Go and of packages needs.
RUN cd /usr/local/go && rm -rf api doc misc test && cd pkg/tool/* && rm -f cgo cover fix preprofile vet && cd /usr/local/go \
	&& find src -type d -name testdata -prune -exec rm -r {} + && find src -name '*_test.go' -delete

FROM ${JUPYTER_IMAGE}
COPY --from=built /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:${PATH} CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-buildvcs=false GOPROXY=off GOPATH=/home/jovyan/go
COPY --from=built --chown=1000:100 /home/jovyan/go /home/jovyan/go
COPY --from=built --chown=1000:100 /home/jovyan/.cache /home/jovyan/.cache
COPY --from=built --chown=1000:100 /home/jovyan/.local /home/jovyan/.local
COPY --from=built /usr/local/bin/pnclab /usr/local/bin/pnclab
COPY --from=built --chown=1000:100 /home/jovyan/pnclab /home/jovyan/pnclab

USER 1000
WORKDIR /home/jovyan/pnclab
# A volume here keeps what is saved in it; a new one gets the owner of the folder.
RUN mkdir notebooks/work
EXPOSE 8888
CMD ["pnclab", "lab", "--", "--ip=0.0.0.0", "--port=8888", "--no-browser"]
