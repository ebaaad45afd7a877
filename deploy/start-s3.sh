#!/bin/sh
# The S3 of compose.yml. One key may do everything; without a key the pictures' bucket is read, object by object, and
# nothing else: what is for one person alone lies in the other bucket.
set -eu

: "${CLOUDFLARE_R2_ACCESS_KEY_ID:?is missing}" "${CLOUDFLARE_R2_ACCESS_KEY:?is missing}"
umask 077
config=${TMPDIR:-/tmp}/s3.json
cat >"$config" <<JSON
{"identities": [
  {"name": "pawgle", "actions": ["Admin"],
   "credentials": [{"accessKey": "$CLOUDFLARE_R2_ACCESS_KEY_ID", "secretKey": "$CLOUDFLARE_R2_ACCESS_KEY"}]},
  {"name": "anonymous", "actions": ["Read:pawgle"]}
]}
JSON
# Of an option that stands twice the last counts.
exec weed mini -dir=/data -ip=127.0.0.1 -ip.bind=0.0.0.0 -s3.port=8333 -s3.config="$config" \
    -bucket=pawgle,pawgle-private -s3.autoCreateBucket=false -s3.port.iceberg=0 -s3.port.lance=0 \
    -admin.ui=false -webdav=false -master.telemetry=false "$@"
