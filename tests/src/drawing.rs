//! Small real drawings.

use std::fmt::Write as _;

/// A one-page PDF 1.4 (ISO 32000-1) that says `text` and differs for every seed.
#[must_use]
pub fn drawing(text: &str, seed: u32) -> Vec<u8> {
    let plain: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || " -_.".contains(*c)).collect();
    let mut page = String::new();
    for line in 0..(3 + seed % 5) {
        let _ = writeln!(page, "30 {} {} 12 re S", 500 - line * 30, 40 + (seed * 37 + line * 11) % 700);
    }
    let _ = write!(page, "BT /F1 12 Tf 520 50 Td ({plain} {seed}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        let _ = writeln!(table, "{:010} 00000 n ", pdf.len());
        let _ = write!(pdf, "{number} 0 obj\n{object}\nendobj\n");
    }
    let start = pdf.len();
    let _ = write!(pdf, "{table}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    pdf.into_bytes()
}
