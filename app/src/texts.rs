//! What the window says, in the person's language. Ids are the same in every language; a test holds that.

use std::borrow::Cow;
use std::collections::BTreeMap;

use enginus_engine::api::Failure;
use enginus_model::{Instant, Language};
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use jiff::tz::TimeZone;
use unic_langid::LanguageIdentifier;

const EN: &str = include_str!("../../assets/i18n/en/app.ftl");
const TR: &str = include_str!("../../assets/i18n/tr/app.ftl");

/// The texts of one language.
pub struct Texts {
    /// Which.
    pub language: Language,
    bundle: FluentBundle<FluentResource>,
    months: Vec<String>,
    zone: TimeZone,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts").field("language", &self.language).finish_non_exhaustive()
    }
}

impl Texts {
    /// The texts of `language`, with times shown in `zone`.
    #[must_use]
    pub fn new(language: Language, zone: TimeZone) -> Self {
        let (source, identifier) = match language {
            Language::En => (EN, "en"),
            Language::Tr => (TR, "tr"),
        };
        let identifier: LanguageIdentifier = identifier.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![identifier]);
        // Marks around arguments are invisible characters that fonts draw as boxes and that people copy by accident.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(readable, _)| readable);
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!("texts of {language}: {errors:?}");
        }
        let mut texts = Self { language, bundle, months: Vec::new(), zone };
        texts.months = texts.t("months-short").split(' ').map(str::to_owned).collect();
        texts
    }

    /// The text `id`.
    #[must_use]
    pub fn t(&self, id: &str) -> Cow<'_, str> {
        self.format(id, None)
    }

    /// The text `id` with arguments.
    #[must_use]
    pub fn with(&self, id: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
        let mut filled = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            filled.set(*name, value.clone());
        }
        self.format(id, Some(&filled)).into_owned()
    }

    /// The text `id` about `count` things: `$n` chooses the plural, `$count` is the number as it is written.
    #[must_use]
    pub fn counted(&self, id: &str, count: usize) -> String {
        self.with(id, &[("n", count.into()), ("count", self.number(count as u64).into())])
    }

    fn format<'a>(&'a self, id: &str, arguments: Option<&'a FluentArgs<'_>>) -> Cow<'a, str> {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            tracing::error!("the text \"{id}\" is missing in {}", self.language);
            return Cow::Owned(id.to_owned());
        };
        Cow::Owned(self.bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned())
    }

    /// A failure of the engine, in this language.
    #[must_use]
    pub fn failure(&self, failure: &Failure) -> Failure {
        enginus_cli::translated(failure, self.language)
    }

    /// A hint, a notice or a reason that the engine gave, in this language.
    #[must_use]
    pub fn phrase<'a>(&self, text: &'a str) -> Cow<'a, str> {
        enginus_cli::translated_text(text, self.language)
    }

    /// A text given in several languages: in this one, else in English, else in any.
    #[must_use]
    pub fn pick<'a>(&self, names: &'a BTreeMap<String, String>) -> &'a str {
        let fallback = || names.get(Language::En.code()).or_else(|| names.values().next());
        names.get(self.language.code()).or_else(fallback).map_or("", String::as_str)
    }

    /// A whole number with its thousands apart.
    #[must_use]
    pub fn number(&self, number: u64) -> String {
        let separator = match self.language {
            Language::En => ',',
            Language::Tr => '.',
        };
        let digits = number.to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                out.push(separator);
            }
            out.push(digit);
        }
        out
    }

    /// A size, in the unit that keeps it short.
    #[must_use]
    pub fn bytes(&self, bytes: u64) -> String {
        const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
        let mut unit = 0;
        let mut value = bytes as f64;
        while value >= 999.5 && unit + 1 < UNITS.len() {
            value /= 1000.0;
            unit += 1;
        }
        let decimals = usize::from(unit > 0 && value < 99.95);
        let text = format!("{value:.decimals$} {}", UNITS[unit]);
        match self.language {
            Language::En => text,
            Language::Tr => text.replace('.', ","),
        }
    }

    /// A moment as a date where this device is.
    #[must_use]
    pub fn date(&self, at: Instant) -> String {
        let at = self.local(at);
        match self.language {
            Language::En => {
                let month = usize::try_from(at.month() - 1).ok().and_then(|month| self.months.get(month));
                format!("{} {} {}", at.day(), month.map_or("", String::as_str), at.year())
            }
            Language::Tr => format!("{:02}.{:02}.{}", at.day(), at.month(), at.year()),
        }
    }

    /// A moment as date and time of day where this device is.
    #[must_use]
    pub fn date_time(&self, at: Instant) -> String {
        let local = self.local(at);
        format!("{} {:02}:{:02}", self.date(at), local.hour(), local.minute())
    }

    fn local(&self, at: Instant) -> jiff::civil::DateTime {
        let clamped = at.0.clamp(jiff::Timestamp::MIN.as_millisecond(), jiff::Timestamp::MAX.as_millisecond());
        let stamp = jiff::Timestamp::from_millisecond(clamped).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        stamp.to_zoned(self.zone.clone()).datetime()
    }
}

#[cfg(test)]
mod tests;
