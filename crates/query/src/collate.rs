//! The order of texts in a list: the Turkish alphabet, numbers by value, capitals beside small letters.

use enginus_model::{Language, clean_line, fold};

/// Places of `a` to `z` among the letters `abcçdefgğhıijklmnoöpqrsştuüvwxyz`; other alphabets follow by code point.
const PLACES: [u8; 26] =
    [0, 1, 2, 4, 5, 6, 7, 9, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 27, 28, 29, 30, 31];
const SPACE: u8 = 0x02;
const MARK: u8 = 0x03;
const DIGITS: u8 = 0x10;
const FIRST_LETTER: u8 = 0x30;
const OTHER: u8 = 0xf0;

/// Bytes whose order is the order of the texts. Texts that differ only in capitals, in marks outside the alphabet or in leading
/// zeros are equal.
///
/// `ç` follows `c` and `ı` precedes `i` in every language; a capital `I` is the Turkish `ı` only in a Turkish project.
///
/// ```
/// use enginus_model::Language;
/// use enginus_query::collation_key;
/// let key = |text| collation_key(text, Language::Tr);
/// assert!(key("A-2") < key("A-10") && key("Cam") < key("Çatı") && key("ISI") < key("İLETİM"));
/// ```
#[must_use]
pub fn collation_key(text: &str, language: Language) -> Vec<u8> {
    let composed;
    let text = if text.is_ascii() {
        text
    } else {
        composed = clean_line(text);
        &composed
    };
    let mut out = Vec::with_capacity(text.len() + 4);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_ascii_digit() {
            push_number(&mut out, c, || rest.next_if(char::is_ascii_digit));
        } else {
            push_char(&mut out, c, language);
        }
    }
    out
}

/// A number by value: the count of its digits without leading zeros, then these.
fn push_number(out: &mut Vec<u8>, first: char, mut next: impl FnMut() -> Option<char>) {
    out.extend([DIGITS, 0]);
    let start = out.len();
    let mut digit = Some(first);
    while let Some(c) = digit {
        if c != '0' || out.len() > start {
            out.push(c as u8);
        }
        digit = next();
    }
    // Numbers of more digits than a byte counts keep an order, if not that of their values.
    out[start - 1] = u8::try_from(out.len() - start).unwrap_or(u8::MAX);
}

fn push_char(out: &mut Vec<u8>, c: char, language: Language) {
    let lower = match (c, language) {
        ('I', Language::Tr) => 'ı',
        ('İ', _) => 'i',
        (c, _) => c.to_lowercase().next().unwrap_or(c),
    };
    if let Some(weight) = letter(lower) {
        out.push(weight);
    } else if c.is_whitespace() {
        out.push(SPACE);
    } else if c.is_ascii() {
        out.push(MARK);
    } else {
        push_other(out, lower);
    }
}

/// `â` counts as `a`; what is no letter of the alphabet even then goes by code point.
fn push_other(out: &mut Vec<u8>, c: char) {
    let mut buffer = [0; 4];
    for base in fold(c.encode_utf8(&mut buffer)).chars() {
        match letter(base) {
            Some(weight) => out.push(weight),
            None => {
                out.push(OTHER);
                out.extend(base.encode_utf8(&mut buffer).bytes());
            }
        }
    }
}

fn letter(c: char) -> Option<u8> {
    let place = match c {
        'a'..='z' => PLACES[usize::from(c as u8 - b'a')],
        'ç' => 3,
        'ğ' => 8,
        'ı' => 10,
        'ö' => 18,
        'ş' => 23,
        'ü' => 26,
        _ => return None,
    };
    Some(FIRST_LETTER + place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_order(language: Language, texts: &[&str]) {
        for pair in texts.windows(2) {
            let (low, high) = (collation_key(pair[0], language), collation_key(pair[1], language));
            assert!(low < high, "{} should precede {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn the_turkish_alphabet_is_in_order() {
        let letters: Vec<_> = "abcçdefgğhıijklmnoöpqrsştuüvwxyz".chars().map(String::from).collect();
        in_order(Language::Tr, &letters.iter().map(String::as_str).collect::<Vec<_>>());
        in_order(
            Language::Tr,
            &["cam", "ÇATI", "dal", "gaz", "Ğ", "hat", "ISI", "İLETİM", "ok", "ÖLÇÜ", "su", "ŞEMA", "uç", "ÜST"],
        );
    }

    #[test]
    fn an_english_capital_i_is_an_i() {
        let key = |text| collation_key(text, Language::En);
        assert_eq!(key("INVERTER"), key("inverter"));
        assert_ne!(collation_key("INVERTER", Language::Tr), collation_key("inverter", Language::Tr));
        in_order(Language::En, &["hall", "INLET", "jack"]);
    }

    #[test]
    fn numbers_go_by_value_and_marks_before_them() {
        in_order(Language::En, &["", "A", "A B", "A-1", "A-2", "A-10", "A-100", "A1", "AB"]);
        assert_eq!(collation_key("A-007", Language::En), collation_key("A-7", Language::En));
        in_order(Language::En, &["0", "1", "9", "10"]);
    }

    #[test]
    fn accents_outside_the_alphabet_do_not_matter_and_other_scripts_follow() {
        let key = |text| collation_key(text, Language::Tr);
        assert_eq!(key("kâğıt"), key("kağıt"));
        assert_eq!(key("c\u{327}"), key("ç"));
        assert!(key("z") < key("ж") && key("ж") < key("я"));
    }

    proptest! {
        #[test]
        fn any_text_has_a_place(text in any::<String>()) {
            let longer = format!("{text}a");
            prop_assert!(collation_key(&text, Language::Tr) < collation_key(&longer, Language::Tr));
        }
    }
}
