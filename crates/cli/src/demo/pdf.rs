//! Small real drawings: one A4 page with a frame, a title block and a sketch, as PDF 1.4 (ISO 32000-1).

use std::fmt::Write as _;

/// What a drawing says of itself.
pub(super) struct Sheet<'a> {
    pub(super) number: &'a str,
    pub(super) title: &'a str,
    pub(super) revision: &'a str,
    pub(super) project: &'a str,
    /// What tells this sheet's sketch from another's.
    pub(super) seed: u32,
}

const WIDTH: u32 = 842;
const HEIGHT: u32 = 595;

/// The bytes of the PDF. Text outside ASCII is left out: the standard fonts have no more without an encoding.
pub(super) fn write(sheet: &Sheet<'_>) -> Vec<u8> {
    let content = page(sheet);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        offsets.push(pdf.len());
        let _ = write!(pdf, "{number} 0 obj\n{object}\nendobj\n");
    }
    let table = pdf.len();
    let _ = write!(pdf, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(pdf, "{offset:010} 00000 n ");
    }
    let size = objects.len() + 1;
    let _ = write!(pdf, "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    pdf.into_bytes()
}

fn page(sheet: &Sheet<'_>) -> String {
    let mut page =
        String::from("1.2 w 30 30 782 535 re S\n0.6 w 512 30 300 110 re S 512 85 300 0 re S 512 58 300 0 re S\n");
    rows_of_modules(&mut page, sheet.seed);
    for (x, y, size, text) in [
        (522, 112, 12, sheet.title),
        (522, 94, 9, sheet.project),
        (522, 66, 11, sheet.number),
        (522, 40, 11, sheet.revision),
    ] {
        let _ = writeln!(page, "BT /F1 {size} Tf {x} {y} Td ({}) Tj ET", literal(text));
    }
    page
}

/// Rows of module tables, a different field for every seed.
fn rows_of_modules(page: &mut String, seed: u32) {
    for row in 0..(5 + seed % 4) {
        for table in 0..(9 + seed % 5) {
            if (row * 7 + table * 3 + seed).is_multiple_of(11) {
                continue;
            }
            let _ = writeln!(page, "{} {} 38 14 re S", 60 + table * 50, 520 - row * 42);
        }
    }
}

fn literal(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii() && !c.is_control())
        .flat_map(|c| if matches!(c, '(' | ')' | '\\') { vec!['\\', c] } else { vec![c] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cross_reference_table_points_at_the_objects() {
        let pdf = write(&Sheet { number: "N-(1)", title: "T", revision: "P01", project: "X", seed: 3 });
        let text = String::from_utf8(pdf).unwrap();
        let table: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        assert!(text[table..].starts_with("xref"));
        for (number, line) in (1..).zip(text[table..].lines().skip(3).take(5)) {
            let offset: usize = line[..10].parse().unwrap();
            assert!(text[offset..].starts_with(&format!("{number} 0 obj")));
        }
        assert!(text.contains(r"N-\(1\)"));
    }
}
