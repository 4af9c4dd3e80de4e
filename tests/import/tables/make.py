#!/usr/bin/env python3
"""Makes the workbooks beside this file: flat ODF written here, turned into .xlsx by LibreOffice. All names are made up.

office-list.*         a list as an office has it, with its mistakes
office-list-mended.*  the same after the clerk answered what was asked
Run: python3 make.py   (needs soffice)
"""
import pathlib, subprocess, sys
from xml.sax.saxutils import escape

here = pathlib.Path(__file__).parent

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:automatic-styles>
<number:date-style style:name="N1"><number:day number:style="long"/><number:text>/</number:text><number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style>
<number:percentage-style style:name="N2"><number:number number:min-integer-digits="1"/><number:text>%</number:text></number:percentage-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="share" style:family="table-cell" style:data-style-name="N2"/>
</office:automatic-styles>
<office:body><office:spreadsheet>
"""
TAIL = "</office:spreadsheet></office:body></office:document>\n"


class Day(str):
    """A real date cell."""


class Share(float):
    """A number shown as a percentage."""


class Formula(tuple):
    """A formula and the text it shows, or a date."""


def cell(value, columns=1, rows=1):
    span = ""
    if columns > 1 or rows > 1:
        span = f' table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}"'
    if value is None:
        return f"<table:table-cell{span}/>"
    if isinstance(value, Day):
        return f'<table:table-cell table:style-name="day" office:value-type="date" office:date-value="{value}"{span}/>'
    if isinstance(value, Share):
        return f'<table:table-cell table:style-name="share" office:value-type="percentage" office:value="{float(value)}"{span}/>'
    if isinstance(value, Formula):
        return f'<table:table-cell table:style-name="day" table:formula="{escape(value[0])}" office:value-type="date"{span}/>'
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value}"{span}/>'
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell office:value-type="string"{span}>{lines}</table:table-cell>'


class Merge:
    """A value over several columns or rows."""

    def __init__(self, value, columns=1, rows=1):
        self.value, self.columns, self.rows = value, columns, rows


def sheet(name, rows):
    out = [f'<table:table table:name="{escape(name)}">']
    covered = set()
    for at, row in enumerate(rows):
        out.append("<table:table-row>")
        column = 0
        for value in row:
            while (at, column) in covered:
                out.append("<table:covered-table-cell/>")
                column += 1
            if isinstance(value, Merge):
                out.append(cell(value.value, value.columns, value.rows))
                covered |= {(at + down, column + right) for down in range(value.rows) for right in range(value.columns)}
                covered.discard((at, column))
            else:
                out.append(cell(value))
            column += 1
        while (at, column) in covered:
            out.append("<table:covered-table-cell/>")
            column += 1
        out.append("</table:table-row>")
    out.append("</table:table>")
    return "\n".join(out)


UNITS = [
    [Merge("DANH SÁCH ĐƠN VỊ", 5)],
    [],
    ["STT", "Mã đơn vị", "Tên đơn vị", "Đơn vị cấp trên", "Tên khác", "Lãnh đạo phụ trách"],
    [1, "ubnd", "UBND phường An Bình", None, "Ủy ban nhân dân phường An Bình", None],
    [2, None, "Văn phòng HĐND và UBND", "UBND phường An Bình", "Văn phòng; VP", "Lê Thị Minh"],
    [3, None, "Phòng Kinh tế, Hạ tầng và Đô thị", "UBND phường An Bình", "P. KTHTĐT", "Trần Quốc Bảo"],
    [4, None, "Phòng Văn hóa – Xã hội", "UBND phường An Bình", "P. VHXH", "Lê Thị Minh"],
    [5, None, "Trung tâm Phục vụ hành chính công", "UBND phường An Bình", "TTPVHCC", "Lê Thị Minh"],
]


def people(mended):
    two = [("an-vp", "Nguyễn Văn An"), ("an-kt", "Nguyễn Văn An")] if mended else [(None, "Nguyễn Văn An")] * 2
    return [
        [Merge("ỦY BAN NHÂN DÂN PHƯỜNG AN BÌNH", 6)],
        [Merge("Danh sách cán bộ, công chức theo dõi nhiệm vụ", 6)],
        [],
        ["TT", "Mã", "Họ và tên", "Chức vụ", "Đơn vị", "Thư điện tử", "Số điện thoại"],
        [1, None, "Phạm Đức Long", "Chủ tịch UBND", "UBND phường An Bình", "long@example.org", "028 0000 0001"],
        [2, None, "Lê Thị Minh", "Phó Chủ tịch", "UBND phường An Bình", "minh@example.org", None],
        [3, None, "Trần Quốc Bảo", "Phó Chủ tịch", "UBND phường An Bình", "bao@example.org", None],
        [4, two[0][0], two[0][1], "Chánh Văn phòng", "VP", "an.vp@example.org", "028 0000 0004"],
        [5, two[1][0], two[1][1], "Trưởng phòng", "Phòng Kinh tế, Hạ tầng và Đô thị", "an.kt@example.org", None],
        [6, None, "Võ Thị Hạnh", "Q. Trưởng phòng", "P. VHXH", "hanh@example.org", None],
        [7, None, "Đỗ Minh Khôi", "Giám đốc", "Trung tâm Phục vụ hành chính công", "khoi@example.org", None],
        [8, None, "Bùi Thu Hà", "Điều phối viên", "TTPVHCC", "ha@example.org", None],
    ]


def duties(mended):
    top = ["STT", "Nội dung nhiệm vụ", "Văn bản giao nhiệm vụ", "Hạn hoàn thành", "Đơn vị chủ trì", "Đơn vị phối hợp",
           "Lãnh đạo phụ trách", "Tiến độ", "Trạng thái", "Kết quả thực hiện", "Ghi chú"]
    first = [Merge(top[0], 1, 2), Merge(top[1], 1, 2), Merge(top[2], 2, 1)] + [Merge(name, 1, 2) for name in top[3:]]
    return [
        [Merge("DANH MỤC THEO DÕI NHIỆM VỤ NĂM 2025", 12)],
        [Merge("(Cập nhật đến ngày 20/11/2025)", 12)],
        first,
        ["Số", "Ngày"],
        [f"({number})" for number in range(1, 13)],
        ["I", Merge("LĨNH VỰC CẢI CÁCH HÀNH CHÍNH", 11)],
        [1, "Rà soát, công khai thủ tục hành chính trên Cổng dịch vụ công", Merge("45/UBND-NC", 1, 2), Merge(Day("2025-10-06"), 1, 2),
         "31/12/2025", "Trung tâm Phục vụ hành chính công", "Văn phòng; P. VHXH", "Lê Thị Minh", Share(0.6), "Đang thực hiện",
         "Đã công khai 120/200 thủ tục", None],
        [2, "Báo cáo kết quả cải cách hành chính năm 2025", "Quý IV/2025", "Văn phòng", "Các phòng chuyên môn" if not mended else "TTPVHCC; P. VHXH",
         "PCT Lê Thị Minh", None, "Chưa thực hiện", None, "Theo mẫu của Sở Nội vụ"],
        ["II", Merge("LĨNH VỰC KINH TẾ", 11)],
        [1, "Giải ngân vốn đầu tư công đạt trên 95 %", "52/KH-UBND", "13/10/2025", Day("2025-12-31"),
         "Phòng Kinh tế, Hạ tầng và Đô thị", None, "Trần Quốc Bảo", "62,5%", "Đang thực hiện (còn hạn)", None, None],
        [2, "Kiểm tra trật tự đô thị, lòng lề đường", "52/KH-UBND", "13/10/2025", Day("1970-01-01"),
         "P. KTHTĐT", "Trung tâm Phục vụ hành chính công", "Trần Quốc Bảo", None, None, None, None],
        [3, "Lập danh mục công trình cần sửa chữa", "52/KH-UBND", "13/10/2025", Formula(("of:=DATE(2025;12;15)",)),
         "P. KTHTĐT" if mended else "Phòng Kinh tế Hạ tầng và Đô thịi", None, None, None, "Chưa thực hiện", None, None],
        ["III", Merge("LĨNH VỰC VĂN HÓA – XÃ HỘI", 11)],
        [1, "Chi trả trợ cấp xã hội quý III", "60/UBND-VX", Day("2025-10-20"), "trước ngày 15/11/2025", "P. VHXH", None,
         "Lê Thị Minh", 1 if False else Share(1.0), "Hoàn thành", "Báo cáo số 18/BC-VHXH ngày 10/11/2025", None],
        [2, "Tổ chức Ngày hội đại đoàn kết toàn dân tộc", "60/UBND-VX", Day("2025-10-20"), "18/11/2025", "P. VHXH",
         "Văn phòng HĐND và UBND", "Lê Thị Minh", None, "Đã hoàn thành", None, "Báo cáo miệng tại giao ban"],
        [3, "Tuyên truyền phòng, chống sốt xuất huyết", "60/UBND-VX", Day("2025-10-20"),
         "Thường xuyên" if mended else "khi nào hết dịch", "P. VHXH", None, None, None, None, None, None],
        [],
        [None, "NGƯỜI LẬP BIỂU", None, None, None, None, None, None, None, "CHÁNH VĂN PHÒNG"],
    ]


def figures():
    return [
        [Merge("SỐ LIỆU GIẢI NGÂN NĂM 2025 (%)", 6)],
        ["Số văn bản", "Khoản, điểm", "Đơn vị", "Tháng 8", "Tháng 9", "T10/2025", "Nguồn"],
        ["52/KH-UBND", "II.1", "P. KTHTĐT", 41.5, "48,2", 62.5, "Kho bạc"],
    ]


def guide():
    return [["Bảng này do Văn phòng cập nhật thứ Sáu hằng tuần."]]


for name, mended in (("office-list", False), ("office-list-mended", True)):
    source = here / f"{name}.fods"
    sheets = [("Hướng dẫn", guide()), ("Đơn vị", UNITS), ("Cán bộ", people(mended)), ("Theo dõi nhiệm vụ", duties(mended)),
              ("Số liệu", figures())]
    source.write_text(HEAD + "\n".join(sheet(*one) for one in sheets) + TAIL, encoding="utf-8")
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file:///tmp/make-office-list-{name}", "--convert-to", "xlsx",
                    "--outdir", str(here), str(source)], check=True, stdout=sys.stderr, timeout=240)
