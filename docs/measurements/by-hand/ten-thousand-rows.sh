#!/bin/sh
# Imports a list of 10,000 duties of 40 units, as CSV and as XLSX, into an empty store; then the same again.
# ./ten-thousand-rows.sh BINARY   (needs python3 and soffice; seeds: none, every row follows from its number)
set -eu
binary=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 - <<'PY'
import csv
units = [f"Phòng số {n}" for n in range(40)]
with open("can-bo.csv", "w", newline="", encoding="utf-8-sig") as file:
    out = csv.writer(file, delimiter=";")
    out.writerow(["Họ và tên", "Chức vụ", "Đơn vị", "Email"])
    for n, unit in enumerate(units):
        out.writerow([f"Nguyễn Thử {n:03}", "Trưởng phòng", unit, f"truong{n}@example.org"])
with open("nhiem-vu.csv", "w", newline="", encoding="utf-8-sig") as file:
    out = csv.writer(file, delimiter=";")
    out.writerow(["STT", "Nội dung", "Số văn bản", "Ngày", "Hạn", "Chủ trì", "Phối hợp", "Lãnh đạo phụ trách", "Tiến độ", "Trạng thái",
                  "Kết quả", "Ghi chú", "Cơ quan ban hành"])
    for n in range(10_000):
        state = [("", "Chưa thực hiện", ""), ("40%", "Đang thực hiện", ""), ("100%", "Hoàn thành", f"Báo cáo số {n}/BC ngày 10/11/2025")][n % 3]
        out.writerow([n % 100 + 1, f"Nhiệm vụ số {n}: rà soát, báo cáo kết quả thực hiện", f"{n // 100 + 1}/UBND-NC", "06/10/2025",
                      ["31/12/2026", "Quý IV/2026", "trước ngày 15/12/2026"][n % 3], units[n % 40], units[(n + 1) % 40],
                      f"Nguyễn Thử {n * 7 % 40:03}", *state, "", "UBND tỉnh"])
PY
cat > config.toml <<'TOML'
timezone = "Asia/Ho_Chi_Minh"
language = "vi"
[store]
url = "sqlite:dondoc.db"
[office]
name = "Văn phòng"
monitor = "position:head@phong-so-0"
[outbox]
folder = "outbox"
[[policy]]
name = "p"
[[policy.step]]
name = "nhac"
when = "3 ngày làm việc trước hạn"
to = ["người thực hiện"]
[[route]]
policy = "p"
TOML
soffice --headless "-env:UserInstallation=file://$work/profile" --infilter='CSV:59,34,76' --convert-to xlsx nhiem-vu.csv >/dev/null 2>&1
ls -l nhiem-vu.csv nhiem-vu.xlsx
once() {
  echo "\$ dondoc import $*"
  /usr/bin/env time -f '%e s elapsed, %U s of processor, %M KiB at most' "$binary" import "$@" 2>&1 >out.txt | tail -2
  tail -1 out.txt
}
once can-bo.csv nhiem-vu.csv
once can-bo.csv nhiem-vu.csv
rm -f dondoc.db*
once can-bo.csv nhiem-vu.xlsx
once can-bo.csv nhiem-vu.xlsx
sqlite3 dondoc.db "SELECT work, COUNT(*) FROM assignment GROUP BY work"
"$binary" verify
