//! Failures, hints and notices in the person's language.
//!
//! They are written in English where they arise, in whichever crate that is, and travel as plain texts: over the local
//! socket, into a store, through a log. They are translated here, at the edge, when they are shown: a catalogue pairs each
//! English pattern with its Turkish one. What a placeholder held is looked up again, so that a cause behind a colon is
//! translated, too; between quotation marks it is a name and stays. A text that no pattern fits stays English.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use enginus_engine::api::{Failure, FailureKind};
use enginus_model::Language;
use serde::Deserialize;

const TURKISH: &str = include_str!("../../../assets/i18n/tr/failures.json");

/// Causes behind causes are followed this far.
const DEPTH_MAX: usize = 8;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(TURKISH));

/// A failure as it is shown in `language`.
#[must_use]
pub fn translated(failure: &Failure, language: Language) -> Failure {
    let text = |text: &String| translated_text(text, language).into_owned();
    // Elsewhere candidates are what a person types next.
    let candidates = match failure.kind {
        FailureKind::Ambiguous => failure.candidates.iter().map(text).collect(),
        _ => failure.candidates.clone(),
    };
    Failure { kind: failure.kind, message: text(&failure.message), hint: failure.hint.as_ref().map(text), candidates }
}

/// A hint, a notice or a reason as it is shown in `language`.
#[must_use]
pub fn translated_text(text: &str, language: Language) -> Cow<'_, str> {
    match language {
        Language::En => Cow::Borrowed(text),
        Language::Tr => match CATALOGUE.translate(text, 0, &mut Seen::new()) {
            Some(found) => Cow::Owned(found.text),
            None => Cow::Borrowed(text),
        },
    }
}

/// One pair of the file. Other members say where the English text comes from; a test reads them.
#[derive(Deserialize)]
struct Entry {
    en: String,
    tr: String,
}

/// Texts without placeholders, and patterns, those with the longest literal part first.
#[derive(Default)]
struct Catalogue {
    exact: HashMap<String, String>,
    patterns: Vec<(Pattern, Pattern)>,
}

impl Catalogue {
    fn read(json: &str) -> Self {
        let entries: Vec<Entry> = serde_json::from_str(json).unwrap_or_else(|error| {
            tracing::error!("the catalogue of failures cannot be read: {error}");
            Vec::new()
        });
        let mut catalogue = Self::default();
        for Entry { en, tr } in entries {
            let pattern = Pattern::read(&en);
            if pattern.slots.is_empty() {
                catalogue.exact.insert(en, tr);
            } else {
                catalogue.patterns.push((pattern, Pattern::read(&tr)));
            }
        }
        catalogue.patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.literal_length()));
        catalogue
    }

    /// The translation that leaves the least of the text untranslated; the longest literal part decides between equals.
    fn translate<'t>(&self, text: &'t str, depth: usize, seen: &mut Seen<'t>) -> Option<Translation> {
        if let Some(found) = self.exact.get(text) {
            return Some(Translation { text: found.clone(), covered: text.len() });
        }
        if depth == DEPTH_MAX {
            return None;
        }
        if let Some(known) = seen.get(text) {
            return known.clone();
        }
        let mut best: Option<Translation> = None;
        for (english, turkish) in &self.patterns {
            let Some(held) = english.fit(text) else { continue };
            let found = self.filled(english, turkish, &held, depth, seen);
            if best.as_ref().is_none_or(|best| best.covered < found.covered) {
                best = Some(found);
            }
        }
        seen.insert(text, best.clone());
        best
    }

    fn filled<'t>(
        &self,
        english: &Pattern,
        turkish: &Pattern,
        held: &[&'t str],
        depth: usize,
        seen: &mut Seen<'t>,
    ) -> Translation {
        let mut covered = english.literal_length();
        let mut texts = Vec::with_capacity(held.len());
        for (at, (held, slot)) in held.iter().zip(&english.slots).enumerate() {
            let again = if english.is_quoted(at) { None } else { self.translate(held, depth + 1, seen) };
            covered += again.as_ref().map_or(0, |again| again.covered);
            texts.push((*slot, again.map_or(Cow::Borrowed(*held), |again| Cow::Owned(again.text))));
        }
        Translation { text: turkish.fill(&texts), covered }
    }
}

/// A text in Turkish, and how many bytes of the English one are the program's own words.
#[derive(Clone)]
struct Translation {
    text: String,
    covered: usize,
}

/// What was looked up already, for one text.
type Seen<'t> = HashMap<&'t str, Option<Translation>>;

/// A text with placeholders `{0}`, `{1}` …: `slots[n]` stands between `literals[n]` and `literals[n + 1]`.
struct Pattern {
    literals: Vec<String>,
    slots: Vec<usize>,
}

impl Pattern {
    fn read(text: &str) -> Self {
        let (mut literals, mut slots) = (vec![String::new()], Vec::new());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let slot = after.split_once('}').and_then(|(slot, behind)| Some((slot.parse::<usize>().ok()?, behind)));
            let literal = literals.last_mut();
            if let Some((slot, behind)) = slot {
                literal.into_iter().for_each(|literal| literal.push_str(before));
                literals.push(String::new());
                slots.push(slot);
                rest = behind;
            } else {
                literal.into_iter().for_each(|literal| literal.extend([before, "{"]));
                rest = after;
            }
        }
        literals.last_mut().into_iter().for_each(|literal| literal.push_str(rest));
        Self { literals, slots }
    }

    fn literal_length(&self) -> usize {
        self.literals.iter().map(String::len).sum()
    }

    /// What the placeholders hold in `text`; `None` where it does not fit. Each holds as little as it can, the last one the rest.
    fn fit<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.literals.split_first()?;
        let (last, between) = others.split_last()?;
        let mut rest = text.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
        let mut held = Vec::with_capacity(self.slots.len());
        for literal in between {
            let (before, after) = rest.split_once(literal.as_str())?;
            held.push(before);
            rest = after;
        }
        held.push(rest);
        Some(held)
    }

    /// Whether a placeholder stands between quotation marks: it holds a name, not a text of the program.
    fn is_quoted(&self, at: usize) -> bool {
        let opened = self.literals.get(at).is_some_and(|before| before.ends_with('"'));
        let closed = self.literals.get(at + 1).is_some_and(|after| after.trim_start_matches('…').starts_with('"'));
        opened && closed
    }

    fn fill(&self, held: &[(usize, Cow<'_, str>)]) -> String {
        let mut out = String::new();
        for (at, literal) in self.literals.iter().enumerate() {
            out.push_str(literal);
            let slot = self.slots.get(at).and_then(|slot| held.iter().find(|(known, _)| known == slot));
            out.push_str(slot.map_or("", |(_, held)| held));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turkish(text: &str) -> String {
        translated_text(text, Language::Tr).into_owned()
    }

    #[test]
    fn a_text_of_the_catalogue_is_translated_and_any_other_stays() {
        assert_eq!(turkish("try again"), "yeniden deneyin");
        assert_eq!(turkish("nothing like it"), "nothing like it");
        assert_eq!(translated_text("try again", Language::En), "try again");
        assert_eq!(turkish("there is no folder \"Drawings\""), "\"Drawings\" adında bir klasör yok");
    }

    #[test]
    fn a_failure_is_translated_with_its_hint() {
        let failure = Failure {
            candidates: vec!["try again".to_owned()],
            ..Failure::new(FailureKind::NotFound, "there is no role \"chief\"").hint("use one of the project's roles")
        };
        let shown = translated(&failure, Language::Tr);
        assert_eq!(shown.message, "\"chief\" adında bir rol yok");
        assert_eq!(shown.hint.as_deref(), Some("projenin rollerinden birini kullanın"));
        assert_eq!(shown.candidates, failure.candidates, "what is typed next stays as it is");
        assert_eq!(translated(&failure, Language::En), failure);
    }

    #[test]
    fn causes_are_translated_and_names_are_not() {
        assert_eq!(
            turkish("/a/b cannot be opened: Permission denied (os error 13)"),
            "/a/b açılamıyor: izin yok (sistem hatası 13)"
        );
        assert_eq!(
            turkish("reading a stored envelope: the store cannot be read: timed out"),
            "saklanan bir zarf okunurken: veri dosyası okunamıyor: süre doldu"
        );
        assert_eq!(turkish("there is no document \"try again\""), "\"try again\" numaralı bir belge yok");
        assert_eq!(turkish("bucket s3://x refused access (ab/cd)"), "s3://x deposu erişimi reddetti (ab/cd)");
        assert_eq!(turkish("/a could not be written"), "/a yazılamadı");
        assert_eq!(turkish("/a could not be removed"), "/a üzerinde silme başarısız oldu");
    }

    #[test]
    fn placeholders_change_places_and_may_be_empty() {
        let text = "revision r of document d exists already; use a fresh id";
        assert_eq!(turkish(text), "d belgesinin r revizyonu zaten var; yeni bir kimlik kullanın");
        assert_eq!(
            turkish("another process has this home open and does not answer"),
            "bu veri klasörü başka bir süreçte açık ve o süreç yanıt vermiyor"
        );
        assert_eq!(
            turkish("another process (process 7) has this home open and does not answer"),
            "bu veri klasörü başka bir süreçte (süreç 7) açık ve o süreç yanıt vermiyor"
        );
    }

    #[test]
    fn the_longest_literal_part_decides() {
        assert_eq!(turkish("x is removed already"), "x zaten kaldırılmış");
        assert_eq!(turkish("x is removed"), "x kaldırılmış");
    }

    #[test]
    fn a_long_chain_of_causes_ends() {
        let text = "a: ".repeat(10_000);
        assert_eq!(turkish(&text), text);
    }
}
