# kedge in a container, not as root.
#   docker build -t kedge .
#   docker run -p 53:53/udp -p 53:53/tcp -v ./recursor.yml:/etc/kedge/recursor.yml:ro kedge
# Docker lets any user of a container bind port 53. Elsewhere add --sysctl net.ipv4.ip_unprivileged_port_start=53, or
# listen on a higher port inside.

FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
WORKDIR /opt/kedge
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/anchors ./anchors
COPY --from=build /src/dist ./dist
# Clients come from outside the container; only private networks may ask unless the configuration says otherwise.
RUN ln -s /opt/kedge/dist/cli.js /usr/local/bin/kedge \
  && mkdir /etc/kedge \
  && printf 'incoming:\n  listen: [0.0.0.0]\n' > /etc/kedge/recursor.yml
USER node
EXPOSE 53/udp 53/tcp
HEALTHCHECK --interval=30s --timeout=5s CMD ["kedge", "query", "localhost", "A", "@127.0.0.1", "+timeout=2", "+short"]
ENTRYPOINT ["kedge"]
CMD ["serve", "--config-dir", "/etc/kedge"]
