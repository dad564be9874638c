//! What the command line says, in English and Turkish.

use std::borrow::Cow;

use enginus_engine::api::Failure;
use enginus_model::Language;
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};

use crate::phrases::{translated, translated_text};

const ENGLISH: &str = include_str!("../../../assets/i18n/en/cli.ftl");
const TURKISH: &str = include_str!("../../../assets/i18n/tr/cli.ftl");

/// The language asked for, or English.
pub(crate) fn choose(asked: Option<&str>) -> Language {
    let environment = || std::env::var("ENGINUS_LANGUAGE").ok();
    asked.map(ToOwned::to_owned).or_else(environment).and_then(|text| Language::parse(&text)).unwrap_or(Language::En)
}

/// Texts of one language.
pub(crate) struct Texts(FluentBundle<FluentResource>, Language);

impl Texts {
    pub(crate) fn new(language: Language) -> Self {
        let source = match language {
            Language::En => ENGLISH,
            Language::Tr => TURKISH,
        };
        // A broken line costs that text, not the program; a test holds that there is none.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
        let mut bundle = FluentBundle::new(language.code().parse().into_iter().collect());
        bundle.set_use_isolating(false);
        let _ = bundle.add_resource(resource);
        Self(bundle, language)
    }

    /// The language's code.
    pub(crate) const fn language(&self) -> &'static str {
        self.1.code()
    }

    /// A failure, in this language.
    pub(crate) fn failure(&self, failure: &Failure) -> Failure {
        translated(failure, self.1)
    }

    /// A hint, a notice or a reason that the engine gave, in this language.
    pub(crate) fn phrase<'a>(&self, text: &'a str) -> Cow<'a, str> {
        translated_text(text, self.1)
    }

    /// The text `id`; the id itself where it is missing.
    pub(crate) fn say<'a>(&self, id: &str, arguments: &[(&'a str, FluentValue<'a>)]) -> String {
        let Some(pattern) = self.0.get_message(id).and_then(|message| message.value()) else { return id.to_owned() };
        let mut values = FluentArgs::new();
        for (name, value) in arguments {
            values.set(*name, value.clone());
        }
        self.0.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(source: &str) -> BTreeSet<String> {
        FluentResource::try_new(source.to_owned()).expect("every line is well formed");
        let mut ids = BTreeSet::new();
        for (id, _) in source.lines().filter_map(|line| line.split_once(" =")) {
            assert!(ids.insert(id.to_owned()), "{id} is there twice, and only the first is said");
        }
        ids
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(ids(ENGLISH), ids(TURKISH));
    }

    #[test]
    fn every_text_that_is_asked_for_exists() {
        let sources = [
            include_str!("show.rs"),
            include_str!("session/mod.rs"),
            include_str!("session/passphrase.rs"),
            include_str!("demo/mod.rs"),
        ]
        .concat();
        let known = ids(ENGLISH);
        for asked in sources.split("say(\"").skip(1).filter_map(|rest| rest.split_once('"')) {
            assert!(known.contains(asked.0), "{} is not in cli.ftl", asked.0);
        }
    }
}
