//! ZIP archives made on the spot: Word documents of a few lines of XML.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// An archive of these files.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).expect("a file begins");
        writer.write_all(content).expect("it is written");
    }
    writer.finish().expect("the archive ends").into_inner()
}

/// A Word document whose body holds this, with further parts.
pub fn docx_with(body: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"w\" xmlns:mc=\"mc\" xmlns:v=\"v\"><w:body>{body}</w:body></w:document>"
    );
    let mut files: Vec<(&str, &[u8])> = vec![("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document.as_bytes())];
    files.extend(parts.iter().map(|(name, content)| (*name, content.as_bytes())));
    archive(&files)
}

/// A Word document whose body holds this.
pub fn docx(body: &str) -> Vec<u8> {
    docx_with(body, &[])
}
