//! A text in several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::text::fold;

/// A text by language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localized(pub BTreeMap<Language, String>);

impl Localized {
    /// The text in `language`, else in English, else in any other; empty where there is none at all.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        let fallback = || self.0.get(&Language::default()).or_else(|| self.0.values().next());
        self.0.get(&language).or_else(fallback).map_or("", String::as_str)
    }
    /// The texts by language code.
    #[must_use]
    pub fn by_code(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(language, text)| (language.code().to_owned(), text.clone())).collect()
    }
    /// True where one of the texts is `name`, folded.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let wanted = fold(name);
        !wanted.is_empty() && self.0.values().any(|text| fold(text) == wanted)
    }
}

impl<const N: usize> From<[(Language, &str); N]> for Localized {
    fn from(texts: [(Language, &str); N]) -> Self {
        Self(texts.into_iter().map(|(language, text)| (language, text.to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_language_falls_back() {
        let both = Localized::from([(Language::En, "Materials"), (Language::Tr, "Malzemeler")]);
        assert_eq!(both.get(Language::Tr), "Malzemeler");
        assert_eq!(Localized::from([(Language::En, "Materials")]).get(Language::Tr), "Materials");
        assert_eq!(Localized::from([(Language::Tr, "Malzemeler")]).get(Language::En), "Malzemeler");
        assert_eq!(Localized::default().get(Language::En), "");
    }

    #[test]
    fn any_language_finds_it() {
        let name = Localized::from([(Language::En, "Connection Assessment"), (Language::Tr, "Bağlantı Görüşü")]);
        assert!(
            name.matches("CONNECTION ASSESSMENT") && name.matches("baglanti gorusu") && name.matches("BAĞLANTI GÖRÜŞÜ")
        );
        assert!(!name.matches("connection") && !name.matches(" "));
    }
}
