//! Names of files and subfolders: what every system can write, and nothing that could lead out of a folder.

use unicode_normalization::UnicodeNormalization;

use crate::text::{clean_line, is_invisible};

/// The longest name a file may have, in bytes of UTF-8: what common file systems allow.
pub const MAX_NAME_BYTES: usize = 255;
/// The deepest subfolder.
pub const MAX_SUBFOLDER_DEPTH: usize = 16;

/// Names Windows keeps for devices, whatever extension follows.
const DEVICE_NAMES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A name that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it.
    #[error("the name is empty; give it at least one visible character")]
    Empty,
    /// It would name another folder.
    #[error("the name \"{name}\" contains the path separator \"{separator}\"; use a name without a folder")]
    Separator {
        /// The name, shortened and cleaned.
        name: String,
        /// `/` or `\`.
        separator: char,
    },
    /// It contains a character that cannot be shown.
    #[error("the name \"{name}\" contains the control character U+{code:04X}; rename the file without it")]
    Control {
        /// The name, shortened and cleaned.
        name: String,
        /// The character's code point.
        code: u32,
    },
    /// It stands for a folder.
    #[error("\"{name}\" stands for a folder and cannot be a name; choose another")]
    Dots {
        /// `.` or `..`.
        name: String,
    },
    /// It is longer than file systems allow.
    #[error("the name \"{name}…\" takes {bytes} bytes and file systems allow {MAX_NAME_BYTES}; shorten it")]
    TooLong {
        /// The beginning of the name.
        name: String,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The subfolder lies too deep.
    #[error("the subfolder has {depth} levels and {MAX_SUBFOLDER_DEPTH} are allowed; use fewer")]
    TooDeep {
        /// Levels found.
        depth: usize,
    },
}

/// The name as it is kept: composed (NFC) and without invisible characters.
///
/// # Errors
/// Names with a path separator or a control character, `.` and `..`, empty names, and names over [`MAX_NAME_BYTES`].
pub fn safe_file_name(name: &str) -> Result<String, NameError> {
    let shown = || clean_line(name).chars().take(60).collect::<String>();
    if let Some(separator) = name.chars().find(|c| matches!(c, '/' | '\\')) {
        return Err(NameError::Separator { name: shown(), separator });
    }
    if let Some(control) = name.chars().find(|c| c.is_control()) {
        return Err(NameError::Control { name: shown(), code: control.into() });
    }
    // Without the invisible first, as in `clean_line`.
    let kept: String = name.chars().filter(|c| !is_invisible(*c)).nfc().collect();
    if kept.trim().is_empty() {
        return Err(NameError::Empty);
    }
    if matches!(kept.trim(), "." | "..") {
        return Err(NameError::Dots { name: kept.trim().to_owned() });
    }
    if kept.len() > MAX_NAME_BYTES {
        return Err(NameError::TooLong { name: shown(), bytes: kept.len() });
    }
    Ok(kept)
}

/// A subfolder as it is kept: safe names with `/` between, empty for the top. Either separator is read; empty levels are skipped.
///
/// # Errors
/// As [`safe_file_name`] for each level, and [`NameError::TooDeep`].
pub fn safe_subfolder(path: &str) -> Result<String, NameError> {
    let mut levels = Vec::new();
    for level in path.split(['/', '\\']).filter(|level| !level.trim().is_empty()) {
        // Once what cannot be seen is gone, a space may stand at the end again.
        levels.push(safe_file_name(level.trim())?.trim().to_owned());
    }
    if levels.len() > MAX_SUBFOLDER_DEPTH {
        return Err(NameError::TooDeep { depth: levels.len() });
    }
    Ok(levels.join("/"))
}

/// A name every system can write, made from any text: what some system forbids becomes `_`. It is never empty and keeps its extension
/// when it must be shortened.
#[must_use]
pub fn portable_file_name(name: &str) -> String {
    let cleaned: String = clean_line(name)
        .chars()
        .map(|c| if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    // Windows drops dots and spaces at the end of a name, and so would write another one than it was asked for.
    let trimmed = cleaned.trim_end_matches(['.', ' ']).trim_start();
    if trimmed.is_empty() {
        return "_".to_owned();
    }
    let (stem, extension) = split_extension(trimmed);
    let lower = stem.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered_device = (lower.starts_with("com") || lower.starts_with("lpt"))
        && lower.len() == 4
        && lower.ends_with(|c: char| c.is_ascii_digit());
    let prefix = if DEVICE_NAMES.contains(&lower.as_str()) || numbered_device { "_" } else { "" };
    let tail = extension.map(|e| format!(".{e}")).unwrap_or_default();
    let room = MAX_NAME_BYTES.saturating_sub(prefix.len() + tail.len());
    let head = &stem[..stem.floor_char_boundary(room)];
    // The cut may bring dots and spaces to the end again.
    let head = if tail.is_empty() { head.trim_end_matches(['.', ' ']) } else { head };
    if head.is_empty() { "_".to_owned() } else { format!("{prefix}{head}{tail}") }
}

/// The name before and after its extension: letters and digits, at most eight and not digits alone (`P01.02` ends in no extension).
#[must_use]
pub fn split_extension(name: &str) -> (&str, Option<&str>) {
    const MAX_EXTENSION_CHARS: usize = 8;
    match name.rsplit_once('.') {
        Some((stem, extension))
            if !stem.is_empty()
                && (1..=MAX_EXTENSION_CHARS).contains(&extension.len())
                && extension.bytes().all(|b| b.is_ascii_alphanumeric())
                && extension.bytes().any(|b| b.is_ascii_alphabetic()) =>
        {
            (stem, Some(extension))
        }
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn good_names_are_kept_composed() {
        assert_eq!(safe_file_name("FLOOR PLANS (DESIGN)-P01.pdf").unwrap(), "FLOOR PLANS (DESIGN)-P01.pdf");
        assert_eq!(safe_file_name("Go\u{308}ru\u{308}s\u{327}.pdf").unwrap(), "Görüş.pdf");
        assert_eq!(safe_file_name("invoice\u{202e}fdp.exe").unwrap(), "invoicefdp.exe");
    }

    #[test]
    fn a_bad_name_is_refused_with_what_is_wrong() {
        let says = |name: &str| safe_file_name(name).unwrap_err().to_string();
        assert!(says("../secret").contains("path separator \"/\""));
        assert!(says("a\\b").contains("path separator \"\\\""));
        assert!(says("a\u{7}b").contains("U+0007"));
        assert!(says("..").contains("stands for a folder"));
        assert!(says(" \u{200b}").contains("empty"));
        assert!(says(&"ş".repeat(150)).contains("300 bytes"));
        assert!(safe_file_name(&"x".repeat(MAX_NAME_BYTES)).is_ok());
    }

    #[test]
    fn subfolders_stay_inside() {
        assert_eq!(safe_subfolder("").unwrap(), "");
        assert_eq!(safe_subfolder("/Block A//Level 1\\").unwrap(), "Block A/Level 1");
        assert!(matches!(safe_subfolder("a/../b"), Err(NameError::Dots { .. })));
        assert_eq!(safe_subfolder(&"x/".repeat(17)).unwrap_err(), NameError::TooDeep { depth: 17 });
    }

    #[test]
    fn names_are_made_writable_everywhere() {
        assert_eq!(portable_file_name("a/b:c?.pdf"), "a_b_c_.pdf");
        assert_eq!(portable_file_name("nul.txt"), "_nul.txt");
        assert_eq!(portable_file_name("COM1"), "_COM1");
        assert_eq!(portable_file_name("Comet.pdf"), "Comet.pdf");
        assert_eq!(portable_file_name("..."), "_");
        let long = portable_file_name(&format!("{}.pdf", "ş".repeat(200)));
        assert!(long.len() <= MAX_NAME_BYTES && long.ends_with("ş.pdf"));
    }

    #[test]
    fn extensions_are_told_from_revision_codes() {
        assert_eq!(split_extension("a.b.dwg"), ("a.b", Some("dwg")));
        assert_eq!(split_extension("X-P01.02"), ("X-P01.02", None));
        assert_eq!(split_extension(".profile"), (".profile", None));
        assert_eq!(split_extension("Rev. B"), ("Rev. B", None));
    }

    proptest! {
        #[test]
        fn a_portable_name_is_always_safe(text in any::<String>()) {
            let name = portable_file_name(&text);
            prop_assert_eq!(safe_file_name(&name), Ok(name));
        }

        #[test]
        fn a_portable_name_is_portable(text in "[a-z. ]{0,20}[.]{0,300}[a-zĞ. ]{0,300}") {
            let name = portable_file_name(&text);
            prop_assert!(!name.ends_with(['.', ' ']) && !name.is_empty(), "{name:?}");
            prop_assert_eq!(portable_file_name(&name), name);
        }
    }
}
