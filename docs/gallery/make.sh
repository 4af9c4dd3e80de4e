#!/bin/sh
# Writes the gallery again: texts and HTML by the example, pictures by a headless Chromium (pngquant makes them smaller when present).
set -eu
cd "$(dirname "$0")/../.."
cargo run --quiet --example gallery
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
shoot() { # file width height picture
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$profile" \
    --window-size="$2,$3" --screenshot="$4" "file://$PWD/docs/gallery/$1.html" >/dev/null 2>&1
  if command -v pngquant >/dev/null; then pngquant --force --ext .png 32 "$4"; fi
}
for page in assignment reminder overdue escalation courtesy copy review; do
  shoot "$page" 700 860 "docs/gallery/$page.png"
done
shoot several 700 1270 docs/gallery/several.png
shoot digest 700 2050 docs/gallery/digest.png
shoot reminder 500 980 docs/gallery/reminder-narrow.png
