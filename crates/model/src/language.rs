//! The languages the product speaks.

use std::fmt;
use std::str::FromStr;

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

/// A language the product does not speak.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a language this program speaks; use \"en\" or \"tr\"")]
pub struct UnknownLanguage {
    /// The text that was given, shortened.
    pub text: String,
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
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads a code or a locale: `tr`, `tr-TR`, `en_US.UTF-8`. The locale `C` names no language and is refused.
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let primary = text.trim().split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(primary))
            .ok_or_else(|| UnknownLanguage { text: text.chars().take(40).collect() })
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
            assert_eq!(text.parse::<Language>(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_known_language_is_refused_with_its_text() {
        for text in ["", "C", "POSIX", "de_DE", "turkish", "trk"] {
            assert_eq!(text.parse::<Language>().unwrap_err().text, text);
        }
    }

    #[test]
    fn data_files_write_the_code() {
        assert_eq!(serde_json::to_string(&Language::Tr).unwrap(), "\"tr\"");
        assert_eq!(serde_json::from_str::<Language>("\"en\"").unwrap(), Language::En);
    }
}
