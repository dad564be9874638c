//! The languages the product speaks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language the product is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English, which everything falls back to.
    #[default]
    En,
    /// Turkish.
    Tr,
}

impl Language {
    /// Every language, the fallback first.
    pub const ALL: [Self; 2] = [Self::En, Self::Tr];

    /// The ISO 639-1 code: `en`, `tr`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Tr => "tr",
        }
    }

    /// Reads a code or a locale: `tr`, `tr-TR`, `en_US.UTF-8`; `None` for a language the product does not speak, and for the
    /// locale `C`, which names none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let primary = text.trim().split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_name_their_language() {
        for (text, expected) in [
            ("tr", Language::Tr),
            ("tr-TR", Language::Tr),
            ("TR_tr.UTF-8", Language::Tr),
            ("en_US.UTF-8", Language::En),
            ("en@euro", Language::En),
        ] {
            assert_eq!(Language::parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_locales_name_none() {
        for text in ["", "C", "POSIX", "de_DE", "turkish", "trk"] {
            assert_eq!(Language::parse(text), None, "{text}");
        }
    }

    #[test]
    fn data_files_write_the_code() {
        assert_eq!(serde_json::to_string(&Language::Tr).unwrap(), "\"tr\"");
        assert_eq!(serde_json::from_str::<Language>("\"en\"").unwrap(), Language::En);
    }
}
