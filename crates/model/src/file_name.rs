//! What a file's name says of the document in it: `NUMBER_TITLE-REVISION.ext` and the shapes near it.

use crate::name::split_extension;
use crate::number::NumberFields;
use crate::revision::RevisionCode;
use crate::text::{clean_line, fold};

/// What separates the parts of a name.
const SEPARATORS: [char; 4] = ['-', '_', ' ', '.'];
/// Words that announce a revision, folded.
const REVISION_WORDS: [&str; 4] = ["revision", "revizyon", "rev", "rv"];

/// What a file's name says.
///
/// ```
/// use enginus_model::ParsedFileName;
/// let parts = ParsedFileName::parse("GES-EL-DR-001_SINGLE LINE DIAGRAM-P02.pdf");
/// assert_eq!(parts.number, "GES-EL-DR-001");
/// assert_eq!(parts.title, "SINGLE LINE DIAGRAM");
/// assert_eq!(parts.revision.unwrap().as_str(), "P02");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedFileName {
    /// The document number; of a plain name all of it before the extension.
    pub number: String,
    /// The title; the number where the name has none.
    pub title: String,
    /// The revision code, where the name carries one.
    pub revision: Option<RevisionCode>,
}

impl ParsedFileName {
    /// Reads a file's name, without its folder. Any name has a number and a title; a name without visible characters has empty ones.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        let cleaned = clean_line(name);
        let (stem, _) = split_extension(&cleaned);
        let (rest, mut revision) = match take_last_revision(stem) {
            Some((rest, code)) => (rest, Some(code)),
            None => (stem, None),
        };
        let (number, mut title) = split_number(rest);
        if revision.is_none()
            && let Some((code, after)) = take_first_revision(title)
        {
            (revision, title) = (Some(code), after);
        }
        let title = tidy_title(title);
        let number = number.trim().to_owned();
        Self { title: if title.is_empty() { number.clone() } else { title }, number, revision }
    }
}

/// The revision a stem ends in, and what stands before it.
fn take_last_revision(stem: &str) -> Option<(&str, RevisionCode)> {
    if NumberFields::parse(stem).is_some() {
        return None; // seven fields are a number, even where the last looks like C01
    }
    let bare = stem.strip_suffix([')', ']']).unwrap_or(stem);
    let opening: &[char] = if bare.len() == stem.len() { &[] } else { &['(', '['] };
    announced_revision(bare, opening).or_else(|| {
        let at = bare.rfind(|c| matches!(c, '-' | '_' | ' ') || opening.contains(&c))?;
        let (before, code) = (&bare[..at], &bare[at + 1..]);
        let before = before.trim_end_matches(SEPARATORS);
        // A word such as "C12" may end a title, so after a space it counts only behind a number that is beyond doubt;
        // a lone letter or digit only as an eighth field.
        let fits = if is_iso_code(code) {
            !bare[at..].starts_with(' ') || number_end(before).is_some() || NumberFields::parse(before).is_some()
        } else {
            bare[at..].starts_with('-') && is_short_code(code) && NumberFields::parse(before).is_some()
        };
        (fits && !before.is_empty()).then(|| (before, RevisionCode::new(code)))
    })
}

/// `… Rev B`, `…_REV-02`, `… (Rev. P01)`, `…-Revizyon 3`.
fn announced_revision<'a>(stem: &'a str, opening: &[char]) -> Option<(&'a str, RevisionCode)> {
    let code_at =
        stem.rfind(|c| SEPARATORS[..3].contains(&c) || opening.contains(&c) || c == '.').map_or(0, |at| at + 1);
    // The code stands alone ("Rev B") or is glued to its word ("RevB"). "P01.02" holds a separator of its own.
    for start in [code_at, stem[..code_at.saturating_sub(1)].rfind([' ', '-', '_']).map_or(0, |at| at + 1)] {
        let code = &stem[start..];
        if is_short_code(code) || is_iso_code(code) {
            let before = stem[..start].trim_end_matches(SEPARATORS);
            if let Some(rest) = strip_revision_word(before, opening) {
                return Some((rest, RevisionCode::new(code)));
            }
        }
    }
    glued_revision(stem, opening)
}

/// `…-RevB`, `…_rev02`, `… REVP01`.
fn glued_revision<'a>(stem: &'a str, opening: &[char]) -> Option<(&'a str, RevisionCode)> {
    let at = stem.rfind(|c| matches!(c, '-' | '_' | ' ') || opening.contains(&c))?;
    let token = &stem[at + 1..];
    let head = token.get(..3).filter(|head| fold(head) == "rev")?;
    let code = &token[head.len()..];
    let glued = code.len() <= 3 && (is_iso_code(code) || is_short_code(code));
    let before = stem[..at].trim_end_matches(SEPARATORS);
    (glued && !before.is_empty()).then(|| (before, RevisionCode::new(code)))
}

/// What stands before a word that announces a revision.
fn strip_revision_word<'a>(text: &'a str, opening: &[char]) -> Option<&'a str> {
    let at = text.rfind(|c| SEPARATORS.contains(&c) || opening.contains(&c))?;
    let word = fold(&text[at..].chars().skip(1).collect::<String>());
    let before = text[..at].trim_end_matches(SEPARATORS);
    (REVISION_WORDS.contains(&word.as_str()) && !before.is_empty()).then_some(before)
}

/// The revision a title begins with: `P01_TITLE` in `NUMBER_P01_TITLE`.
fn take_first_revision(title: &str) -> Option<(RevisionCode, &str)> {
    let title = title.trim_start_matches(SEPARATORS);
    let end = title.find(['_', ' ', '-']).unwrap_or(title.len());
    is_iso_code(&title[..end]).then(|| (RevisionCode::new(&title[..end]), &title[end..]))
}

/// The number and what follows it. A plain name is all number.
fn split_number(stem: &str) -> (&str, &str) {
    match number_end(stem) {
        Some(end) => (&stem[..end], &stem[end..]),
        None => (stem, ""),
    }
}

/// Where a number ends that is followed by a title: before `_`, or before a space where it could be no word.
fn number_end(stem: &str) -> Option<usize> {
    let end = stem.find(['_', ' '])?;
    let head = &stem[..end];
    let has = |test: fn(char) -> bool| head.chars().any(test);
    let digit = has(|c| c.is_ascii_digit());
    let dashed = head.contains(['-', '.']);
    let fits = match stem[end..].starts_with('_') {
        // "IMG_1234", "20240101_120000" and "2024-01-15_visit" are names a camera or a calendar gave.
        true => digit && (dashed || has(char::is_alphabetic)) && !is_date(head),
        false => digit && dashed && has(char::is_alphabetic),
    };
    fits.then_some(end)
}

/// `2024-01-15`.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}

/// `P01`, `C02`, `P01.03`: two digits at least, so that a room "C1" is none.
fn is_iso_code(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['P', 'C', 'p', 'c']) else { return false };
    let (number, sub) = rest.split_once('.').map_or((rest, None), |(number, sub)| (number, Some(sub)));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (2..=3).contains(&number.len())
        && digits(number)
        && sub.is_none_or(|sub| (1..=2).contains(&sub.len()) && digits(sub))
}

/// `B`, `2`, `02`.
fn is_short_code(text: &str) -> bool {
    let letter = text.len() == 1 && text.bytes().all(|b| b.is_ascii_alphabetic());
    letter || ((1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
}

/// The title without the separators around it; underscores stand for spaces where there are none.
fn tidy_title(title: &str) -> String {
    let title = title.trim_matches(SEPARATORS);
    if title.contains(' ') { clean_line(title) } else { clean_line(&title.replace('_', " ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(name: &str) -> (String, String, String) {
        let parts = ParsedFileName::parse(name);
        (parts.number, parts.title, parts.revision.map(String::from).unwrap_or_default())
    }

    /// From the public East Dormitory drawing set (CC BY-SA).
    #[test]
    fn names_of_a_real_drawing_set() {
        for (name, number, title) in [
            (
                "EDORM-BBA-00-ZZ-DR-A-2001_FLOOR PLANS (DESIGN)-P01.pdf",
                "EDORM-BBA-00-ZZ-DR-A-2001",
                "FLOOR PLANS (DESIGN)",
            ),
            (
                "EDORM-BBA-00-01-DR-A-2011_FIRST FLOOR 3D PLAN VIEW-P01.pdf",
                "EDORM-BBA-00-01-DR-A-2011",
                "FIRST FLOOR 3D PLAN VIEW",
            ),
            ("EDORM-BBA-00-XX-DR-A-0001_COVER SHEET-P01.pdf", "EDORM-BBA-00-XX-DR-A-0001", "COVER SHEET"),
            (
                "EDORM-BBA-00-ZZ-SA-A-0001_SCHEDULE OF ACCOMMODATION (SPACES AND ZONES)-P01.pdf",
                "EDORM-BBA-00-ZZ-SA-A-0001",
                "SCHEDULE OF ACCOMMODATION (SPACES AND ZONES)",
            ),
        ] {
            assert_eq!(parsed(name), (number.to_owned(), title.to_owned(), "P01".to_owned()), "{name}");
        }
        let workbook = "2016-02-07-Dormitory";
        assert_eq!(parsed("2016-02-07-Dormitory.xlsx"), (workbook.to_owned(), workbook.to_owned(), String::new()));
    }

    #[test]
    fn other_shapes() {
        for (name, number, title, revision) in [
            ("GES-EL-001_SINGLE LINE_P02.pdf", "GES-EL-001", "SINGLE LINE", "P02"),
            ("GES-EL-001-P01.pdf", "GES-EL-001", "GES-EL-001", "P01"),
            ("GES-EL-001_P01.pdf", "GES-EL-001", "GES-EL-001", "P01"),
            ("GES-EL-001_P01_Single line.pdf", "GES-EL-001", "Single line", "P01"),
            ("GES-EL-001-P01.02.pdf", "GES-EL-001", "GES-EL-001", "P01.02"),
            ("GES-EL-001 Single line Rev B.dwg", "GES-EL-001", "Single line", "B"),
            ("GES-EL-001 - Single line - Rev. 2.dwg", "GES-EL-001", "Single line", "2"),
            ("GES-EL-001_Tek_Hat_Şeması_REV-02.dwg", "GES-EL-001", "Tek Hat Şeması", "02"),
            ("GES-EL-001_Tek hat şeması (Rev P01.02).dwg", "GES-EL-001", "Tek hat şeması", "P01.02"),
            ("GES-EL-001_Tek hat şeması (P03).dwg", "GES-EL-001", "Tek hat şeması", "P03"),
            ("GES-EL-001_TEK HAT REVİZYON 3.dwg", "GES-EL-001", "TEK HAT", "3"),
            ("GES-EL-001_Layout-RevC.dwg", "GES-EL-001", "Layout", "C"),
            ("GES-EL-001_Layout C02.dwg", "GES-EL-001", "Layout", "C02"),
            ("A101_Floor plan.dwg", "A101", "Floor plan", ""),
            ("PRJ-ORG-00-ZZ-DR-A-0001-B.dwg", "PRJ-ORG-00-ZZ-DR-A-0001", "PRJ-ORG-00-ZZ-DR-A-0001", "B"),
            ("PRJ-ORG-00-ZZ-DR-A-C01.dwg", "PRJ-ORG-00-ZZ-DR-A-C01", "PRJ-ORG-00-ZZ-DR-A-C01", ""),
            ("Site plan-P02.pdf", "Site plan", "Site plan", "P02"),
        ] {
            assert_eq!(parsed(name), (number.to_owned(), title.to_owned(), revision.to_owned()), "{name}");
        }
    }

    #[test]
    fn plain_names_are_number_and_title_at_once() {
        for name in [
            "Site photo",
            "IMG_1234",
            "20240101_120000",
            "2024-01-15_site visit",
            "Pump P01",
            "Revit",
            "Autodesk Revit",
            "Rev B",
            "P01",
            "Block C1",
            "Tapu senedi",
            "Weekly Review",
        ] {
            assert_eq!(parsed(&format!("{name}.jpg")), (name.to_owned(), name.to_owned(), String::new()), "{name}");
        }
        assert_eq!(parsed(" .jpg"), (".jpg".to_owned(), ".jpg".to_owned(), String::new()));
    }

    proptest! {
        #[test]
        fn any_name_is_read(name in any::<String>()) {
            let parts = ParsedFileName::parse(&name);
            prop_assert_eq!(parts.number.is_empty(), clean_line(&name).is_empty());
            prop_assert_eq!(parts.title.is_empty(), parts.number.is_empty());
        }

        #[test]
        fn a_name_put_together_comes_apart(
            fields in proptest::array::uniform7("[A-Z0-9]{1,5}"), title in "[A-U]{3,8}( [A-U]{3,8}){0,3}", n in 1u8..99, contractual: bool,
        ) {
            let number = fields.join("-");
            let revision = format!("{}{n:02}", if contractual { 'C' } else { 'P' });
            let has_digit = number.bytes().any(|b| b.is_ascii_digit());
            prop_assume!(has_digit);
            prop_assert_eq!(parsed(&format!("{number}_{title}-{revision}.pdf")), (number, title, revision));
        }
    }
}
