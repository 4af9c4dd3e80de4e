#!/bin/sh
# Writes the gallery again: texts and HTML by the example, pictures by a headless Chromium (pngquant makes them smaller when present).
set -eu
cd "$(dirname "$0")/../.."
cargo run --quiet --example gallery
cargo run --quiet --example link_page
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
# A list as an office has it, as a terminal tells of it: first with its mistakes, then mended, then again.
cargo build --quiet
binary=${CARGO_TARGET_DIR:-$PWD/target}/debug/dondoc
sed 's/head@vp/head@van-phong-hdnd-va-ubnd/' config.example.toml >"$profile/config.toml"
for list in office-list office-list-mended office-list-mended; do
  cp "tests/import/tables/$list.xlsx" "$profile/theo-doi.xlsx"
  echo '$ dondoc import theo-doi.xlsx'
  (cd "$profile" && "$binary" import theo-doi.xlsx 2>&1) || true
  echo
done >docs/gallery/import.txt
(cd "$profile" && "$binary" demo --fast) >docs/gallery/demo.txt
# A dispatch as it is read: the table, the JSON, the workbook a clerk fills in (its picture needs LibreOffice and pdftoppm).
mkdir -p "$profile/phuong"
cp config.example.toml "$profile/phuong/config.toml"
cp examples/cong-van/cong-van-312.docx examples/cong-van/cong-van-312.pdf examples/cong-van/to-chuc.toml tests/document/ban-quet.pdf "$profile/phuong/"
read_dispatch() { # arguments
  echo "\$ dondoc $*"
  (cd "$profile/phuong" && "$binary" "$@" 2>&1) || true
  echo
}
(cd "$profile/phuong" && "$binary" import to-chuc.toml >/dev/null 2>&1)
{
  read_dispatch import cong-van-312.docx
  read_dispatch import ban-quet.pdf
  read_dispatch import cong-van-312.docx --draft du-thao.xlsx
  read_dispatch import du-thao.xlsx
} >docs/gallery/dispatch.txt
(cd "$profile/phuong" && "$binary" import --dry-run --json cong-van-312.pdf) >docs/gallery/dispatch.json
if command -v soffice >/dev/null && command -v pdftoppm >/dev/null; then
  (cd "$profile/phuong" && soffice "-env:UserInstallation=file://$profile/soffice" --headless --convert-to pdf du-thao.xlsx >/dev/null 2>&1)
  pdftoppm -png -r 80 -f 3 -l 3 -singlefile "$profile/phuong/du-thao.pdf" docs/gallery/dispatch-draft
  if command -v pngquant >/dev/null; then pngquant --force --ext .png 32 docs/gallery/dispatch-draft.png; fi
fi
# What was decided, and why, in an office with a history of its own.
cargo run --quiet --example explained "$profile/office"
explain() { # arguments
  printf '$ dondoc'
  printf " '%s'" "$@" | sed "s/'\([A-Za-z0-9.:-]*\)'/\1/g"
  echo
  (cd "$profile/office" && "$binary" "$@" 2>&1) || true
  echo
}
{
  for code in R1 R3 R4 R6 R8; do explain why "$code"; done
  explain why R3 --lang en
} >docs/gallery/why.txt
{
  explain why-not '4988/UBND-VX#1@pnv' --person lan --at 2023-10-16T09:00
  explain why-not '4988/UBND-VX#1@pnv' --person lan --at 2023-10-30
  explain why-not '4988/UBND-VX#2@pnv' --person chi --at 2023-10-16 --lang en
} >docs/gallery/why-not.txt
{
  explain export '4988/UBND-VX#1@pnv'
  explain export '4988/UBND-VX#1@pnv' --csv
  explain verify
} | tr -d '\r' >docs/gallery/export.txt
explain simulate --diff moi.toml --from 2023-10-02 --to 2023-12-15 >docs/gallery/simulate-diff.txt
shoot() { # file width height picture
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$profile" \
    --window-size="$2,$3" --screenshot="$4" "file://$PWD/docs/gallery/$1.html" >/dev/null 2>&1
  if command -v pngquant >/dev/null; then pngquant --force --ext .png 32 "$4"; fi
}
for page in trial assignment reminder overdue escalation courtesy copy review; do
  shoot "$page" 700 860 "docs/gallery/$page.png"
done
for page in alarm-storm alarm-clone-over alarm-clock alarm-sent-log alarm-row alarm-round distress-full distress-away; do
  shoot "$page" 700 560 "docs/gallery/$page.png"
done
shoot several 700 1270 docs/gallery/several.png
shoot digest 700 2050 docs/gallery/digest.png
shoot brief 700 1700 docs/gallery/brief.png
shoot brief 390 2300 docs/gallery/brief-narrow.png
shoot reminder 500 980 docs/gallery/reminder-narrow.png
# The page for answers by link: as telephones show it, two beside each other, and on a desk.
phones() { # page page height picture
  {
    printf '<!doctype html><body style="margin:0;background:#888;display:flex;gap:20px">'
    for page in "$1" "$2"; do
      printf '<iframe src="file://%s/docs/gallery/%s.html" style="border:0;width:390px;height:%spx"></iframe>' "$PWD" "$page" "$3"
    done
  } >"$profile/phones.html"
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$profile" \
    --window-size="800,$3" --screenshot="$4" "file://$profile/phones.html" >/dev/null 2>&1
  if command -v pngquant >/dev/null; then pngquant --force --ext .png 32 "$4"; fi
}
phones link-one link-several 844 docs/gallery/link-phone.png
phones link-error link-weak 1500 docs/gallery/link-phone-error.png
shoot link-mail 700 1150 docs/gallery/link-mail.png
shoot link-several 900 1900 docs/gallery/link-several.png
shoot link-english 900 1000 docs/gallery/link-english.png
shoot link-done 900 420 docs/gallery/link-done.png
