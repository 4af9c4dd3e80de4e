#!/bin/sh
# Makes the .docx and .pdf files here and in examples/cong-van again, from the .fodt beside each; needs LibreOffice Writer.
set -eu
cd "$(dirname "$0")"
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
convert() { # source ending
  soffice "-env:UserInstallation=file://$profile" --headless --convert-to "$2" --outdir "$(dirname "$1")" "$1" >/dev/null 2>&1
}
for source in ../../examples/cong-van/cong-van-312.fodt ke-hoach-17.fodt; do
  convert "$source" docx
  convert "$source" pdf
done
# A picture of a page and nothing else: what a scanner leaves.
convert ban-quet.fodt pdf
# Under a password (abc).
convert co-mat-khau.fodt 'pdf:writer_pdf_Export:{"EncryptFile":{"type":"boolean","value":"true"},"DocumentOpenPassword":{"type":"string","value":"abc"}}'
# A bomb.
python3 bom-nen.py
