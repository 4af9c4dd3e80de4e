"""Writes bom-nen.pdf: one page whose content is 600 MiB of blanks, packed twice."""
import zlib

packer = zlib.compressobj(9)
packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(600)) + packer.flush()
content = zlib.compress(packed, 9)
objects = [
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents 4 0 R >>",
    b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
]
out, places = b"%PDF-1.5\n", []
for number, text in enumerate(objects, 1):
    places.append(len(out))
    out += b"%d 0 obj\n" % number + text + b"\nendobj\n"
table = len(out)
out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
out += b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table
with open("bom-nen.pdf", "wb") as file:
    file.write(out)
