//! What a cell, a sheet name and a link can hold.

use std::borrow::Cow;

/// Characters of one cell, counted as Excel does, in UTF-16 units.
pub(crate) const CELL_UNITS_MAX: usize = 32_767;
const HEADING_UNITS_MAX: usize = 255;
const SHEET_NAME_UNITS_MAX: usize = 31;
const LINK_UNITS_MAX: usize = 2_000;
/// What stands for what was cut off.
const CUT: char = '…';

/// The text as a cell can hold it: without control characters (a line break stays), cut where Excel's cell ends.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    let text = without_controls(text);
    let text = cut(text, CELL_UNITS_MAX);
    // The writer takes text between these marks for finished XML of its own; a title must not write XML.
    if text.starts_with("<r>") && text.ends_with("</r>") { format!("{text} ").into() } else { text }
}

/// One line for a heading.
pub(crate) fn heading(text: &str) -> String {
    let line = cell(text).split_whitespace().collect::<Vec<_>>().join(" ");
    cut(Cow::Owned(line), HEADING_UNITS_MAX).into_owned()
}

fn is_refused(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}')
}

fn without_controls(text: &str) -> Cow<'_, str> {
    if !text.contains(is_refused) {
        return Cow::Borrowed(text);
    }
    let unified = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    Cow::Owned(unified.chars().filter(|c| !is_refused(*c)).collect())
}

fn cut(text: Cow<'_, str>, units_max: usize) -> Cow<'_, str> {
    // No character takes more UTF-16 units than bytes.
    if text.len() <= units_max || text.encode_utf16().count() <= units_max {
        return text;
    }
    let mut left = units_max - 1;
    let mut kept = String::new();
    for c in text.chars() {
        match left.checked_sub(c.len_utf16()) {
            Some(rest) => left = rest,
            None => break,
        }
        kept.push(c);
    }
    kept.push(CUT);
    Cow::Owned(kept)
}

/// A name Excel takes for a sheet; `fallback` where nothing of it is left.
pub(crate) fn sheet_name(name: &str, fallback: &str) -> String {
    let line = heading(name).replace(['[', ']', ':', '*', '?', '/', '\\'], " ");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = cut(Cow::Owned(line), SHEET_NAME_UNITS_MAX);
    let name = cut.trim_matches(['\'', ' ']);
    // Excel keeps this name for itself.
    if name.is_empty() || name.eq_ignore_ascii_case("history") { fallback.to_owned() } else { name.to_owned() }
}

/// A link to a file beside the workbook. `None` for what is not plainly relative: a link must never lead out of the folder or to
/// another program.
pub(crate) fn relative_link(path: &str) -> Option<String> {
    let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(is_refused);
    if path.contains([':', '\\']) || !path.split('/').all(plain) {
        return None;
    }
    let mut link = String::from("file://");
    for c in path.chars() {
        match c {
            // The writer takes a link with some of these escaped for escaped as a whole, so all are escaped here.
            '%' | '#' | '?' | '"' | ' ' | '<' | '>' | '[' | ']' | '^' | '`' | '{' | '}' | '|' => {
                link.push_str(&format!("%{:02x}", c as u32));
            }
            c => link.push(c),
        }
    }
    (link.encode_utf16().count() <= LINK_UNITS_MAX).then_some(link)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["", "Yerleşim planı", "=1+1", "two\nlines", "<r>half", "_x0041_"] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn text_that_looks_like_the_writers_own_xml_does_not_stay_so() {
        assert_eq!(cell("<r><t>x</t></r>"), "<r><t>x</t></r> ");
    }

    #[test]
    fn sheet_names_are_what_excel_takes() {
        assert_eq!(sheet_name("Projects", "Log"), "Projects");
        assert_eq!(sheet_name("A/B: [draft]?", "Log"), "A B draft");
        assert_eq!(sheet_name("''", "Log"), "Log");
        assert_eq!(sheet_name("':' 'x' ", "Log"), "x");
        assert_eq!(sheet_name("HISTORY", "Log"), "Log");
        assert_eq!(sheet_name("", "Log"), "Log");
        let long = sheet_name("Proje Destekleyici Dokümanlar ve Ekleri", "Log");
        assert_eq!(long, "Proje Destekleyici Dokümanlar …");
        assert_eq!(long.encode_utf16().count(), 31);
    }

    #[test]
    fn links_stay_beside_the_workbook() {
        assert_eq!(relative_link("sub/50% plan #2.pdf").unwrap(), "file://sub/50%25%20plan%20%232.pdf");
        for bad in [
            "",
            "/etc/x",
            "../x",
            "a/../../x",
            "a//b",
            "C:/x",
            "http://host/x",
            "\\\\host\\x",
            "a\\b",
            "file:x",
            "a\u{7}b",
        ] {
            assert_eq!(relative_link(bad), None, "{bad}");
        }
        assert_eq!(relative_link(&"a".repeat(LINK_UNITS_MAX)), None);
    }

    proptest! {
        #[test]
        fn every_text_fits_a_cell_and_every_name_a_sheet(text in "\\PC{0,40}|.{0,40}", times in 1usize..2000) {
            let text = text.repeat(times);
            let held = cell(&text);
            prop_assert!(held.encode_utf16().count() <= CELL_UNITS_MAX);
            prop_assert!(!held.contains(is_refused));
            let name = sheet_name(&text, "Log");
            let mut workbook = rust_xlsxwriter::Workbook::new();
            prop_assert!(workbook.add_worksheet().set_name(&name).is_ok(), "{name:?}");
        }
    }
}
