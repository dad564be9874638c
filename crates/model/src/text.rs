//! Comparing text as people do, and keeping what cannot be seen out of it.
//!
//! Rust's own case mapping does not know that a Turkish `I` is the capital of `ı`; two tools that fold differently then fail to
//! find each other's documents. So there is one function, [`fold`], for every search, every name looked up and every number compared.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Text as it is compared: lower case, without accents, with one space between words and none around.
///
/// `I`, `İ`, `ı` and `i` are one letter, and so are `ş`/`s`, `ğ`/`g`, `ç`/`c`, `ö`/`o`, `ü`/`u`. Characters that cannot be
/// seen are dropped. Folding twice changes nothing.
///
/// ```
/// use enginus_model::fold;
/// assert_eq!(fold("BAĞLANTI  GÖRÜŞÜ"), fold("bağlantı görüşü"));
/// assert_eq!(fold("İnverter"), "inverter");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => push_collapsed(&mut out, c.to_ascii_lowercase()),
            // What Turkish text consists of, ahead of the long way round: a hundred thousand rows are folded at the first search.
            'ı' | 'İ' => out.push('i'),
            'ş' | 'Ş' => out.push('s'),
            'ğ' | 'Ğ' => out.push('g'),
            'ç' | 'Ç' => out.push('c'),
            'ö' | 'Ö' => out.push('o'),
            'ü' | 'Ü' => out.push('u'),
            c => fold_char(&mut out, c),
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Any character. One at a time is enough, since the marks whose order composition would settle are dropped.
fn fold_char(out: &mut String, c: char) {
    // Lower-casing can bring up characters that decompose again, hence the second pass.
    for c in [c].into_iter().nfkd().flat_map(char::to_lowercase).nfkd() {
        match c {
            'ı' => out.push('i'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' => out.push('d'),
            'ς' => out.push('σ'),
            c if is_invisible(c) || canonical_combining_class(c) != 0 => {}
            c => push_collapsed(out, c),
        }
    }
}

/// One line fit to be kept and shown: composed (NFC), without control or invisible characters, with one space between words and none around.
#[must_use]
pub fn clean_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Without the invisible first: one between two marks keeps them from being put in order.
    for c in text.chars().filter(|c| !is_invisible(*c)).nfc() {
        push_collapsed(&mut out, if c.is_control() { ' ' } else { c });
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Appends `c`; white space becomes one space, and none at the beginning.
fn push_collapsed(out: &mut String, c: char) {
    // U+001C–U+001F separate records and are no white space to Rust.
    if !c.is_whitespace() && !('\u{1c}'..='\u{1f}').contains(&c) {
        out.push(c);
    } else if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Characters that take no room and change how others are read: joiners, marks of writing direction, variation selectors.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_four_turkish_i_are_one() {
        for text in ["INVERTER", "İNVERTER", "ınverter", "inverter", "i\u{307}nverter"] {
            assert_eq!(fold(text), "inverter", "{text}");
        }
    }

    #[test]
    fn turkish_letters_lose_their_marks() {
        assert_eq!(fold("Şantiye ÖLÇÜ ğüç Hakediş"), "santiye olcu guc hakedis");
        assert_eq!(fold("Straße Ærø"), "strasse aero");
    }

    #[test]
    fn the_short_way_agrees_with_the_long_one() {
        for c in "ıİşŞğĞçÇöÖüÜ \tAz09".chars() {
            let mut long = String::new();
            fold_char(&mut long, c);
            assert_eq!(fold(&c.to_string()), long, "{c}");
        }
    }

    #[test]
    fn names_typed_on_a_mac_equal_those_typed_elsewhere() {
        assert_eq!(fold("Go\u{308}ru\u{308}s\u{327}"), fold("Görüş"));
        assert_eq!(clean_line("Go\u{308}ru\u{308}s\u{327}"), "Görüş");
    }

    #[test]
    fn scripts_whose_vowels_are_signs_keep_them() {
        assert_ne!(fold("का"), fold("कि"));
    }

    #[test]
    fn what_cannot_be_seen_is_dropped_and_white_space_is_one_space() {
        assert_eq!(fold("\u{2068}Floor\u{2069} \u{a0}\tPlans\u{ad} "), "floor plans");
        assert_eq!(clean_line(" a\r\n\u{7}b\u{202e}c "), "a bc");
        assert_eq!(clean_line("\u{200b}"), "");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn case_and_invisible_marks_do_not_matter(text in "[a-zA-Z0-9çğıİöşüÇĞÖŞÜ ._-]{0,40}") {
            prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
            prop_assert_eq!(fold(&format!("\u{2068}{text}\u{2069}")), fold(&text));
        }

        #[test]
        fn a_cleaned_line_is_clean(text in any::<String>()) {
            let line = clean_line(&text);
            prop_assert!(!line.chars().any(|c| c.is_control() || is_invisible(c)));
            prop_assert_eq!(line.trim(), &line);
            prop_assert_eq!(clean_line(&line), line);
        }
    }
}
