//! The person's key as 24 words of the English BIP-39 list: 256 bits and a checksum of 8.

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

/// How many words there are.
pub(crate) const WORDS: usize = 24;
/// How many words are offered in place of a wrong one.
const OFFERED: usize = 3;
/// Letters two words may differ in to be taken for each other.
const FAR: usize = 2;

/// Why a text is not a recovery phrase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PhraseError {
    /// Too few or too many words.
    #[error("a recovery phrase has {WORDS} words, and these are {found}")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// A word that is not in the list.
    #[error("word {position}, \"{word}\", is not one of the words a recovery phrase is made of")]
    Word {
        /// From 1.
        position: usize,
        /// As it was typed.
        word: String,
        /// Words of the list that look like it, the nearest first.
        nearest: Vec<&'static str>,
    },
    /// Words of the list that do not belong together.
    #[error(
        "these {WORDS} words do not belong together: one of them is another word, or two stand in each other's place"
    )]
    Checksum,
}

/// The words of a person's seed, with one space between each.
pub(crate) fn words_of(seed: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(WORDS * 9));
    // 32 bytes are always 24 words.
    if let Ok(mnemonic) = Mnemonic::from_entropy_in(Language::English, seed) {
        for word in mnemonic.words() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    text
}

/// The seed that the words of `text` stand for. Case, line breaks, numbering and punctuation between them do not matter.
pub(crate) fn read_phrase(text: &str) -> Result<Zeroizing<[u8; 32]>, PhraseError> {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let typed: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    if typed.len() != WORDS {
        return Err(PhraseError::Count { found: typed.len() });
    }
    let list = Language::English.word_list();
    for (word, position) in typed.iter().zip(1..) {
        if list.binary_search(word).is_err() {
            return Err(PhraseError::Word { position, word: (*word).to_owned(), nearest: nearest(word) });
        }
    }
    let joined = Zeroizing::new(typed.join(" "));
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &joined).map_err(|_| PhraseError::Checksum)?;
    let entropy = Zeroizing::new(mnemonic.to_entropy());
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(entropy.get(..32).ok_or(PhraseError::Checksum)?);
    Ok(seed)
}

/// Whether the word typed again is the one at this position of the phrase, from 1.
pub(crate) fn same_word(phrase: &str, position: u8, typed: &str) -> bool {
    let word = usize::from(position).checked_sub(1).and_then(|at| phrase.split(' ').nth(at));
    word.is_some_and(|word| word == typed.trim().to_ascii_lowercase())
}

fn nearest(word: &str) -> Vec<&'static str> {
    // Of words that are as far, those that begin alike come first.
    let mut near: Vec<(usize, bool, &'static str)> = Language::English
        .word_list()
        .iter()
        // Every word of the list is known by its first four letters.
        .map(|known| {
            let far = if word.len() >= 3 && known.starts_with(word) { 0 } else { distance(word, known) };
            (far, !known.starts_with(word.get(..1).unwrap_or_default()), *known)
        })
        .filter(|(far, ..)| *far <= FAR)
        .collect();
    near.sort_unstable();
    near.into_iter().take(OFFERED).map(|(.., known)| known).collect()
}

/// Letters to change, leave out or put in to make one word the other.
fn distance(typed: &str, known: &str) -> usize {
    let typed: Vec<char> = typed.chars().take(32).collect();
    let mut row: Vec<usize> = (0..=typed.len()).collect();
    for (letter, first) in known.chars().zip(1..) {
        let mut diagonal = std::mem::replace(&mut row[0], first);
        for at in 1..row.len() {
            let changed = diagonal + usize::from(typed[at - 1] != letter);
            diagonal = row[at];
            row[at] = changed.min(row[at] + 1).min(row[at - 1] + 1);
        }
    }
    row[typed.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_standard() {
        let zeros = words_of(&[0; 32]);
        assert_eq!(zeros.as_str(), ["abandon "; 23].concat() + "art");
        let ones = words_of(&[0xff; 32]);
        assert_eq!(ones.as_str(), ["zoo "; 23].concat() + "vote");
        let seed = std::array::from_fn(|at| at as u8);
        assert_eq!(words_of(&seed).split(' ').count(), WORDS);
        assert_eq!(*read_phrase(&words_of(&seed)).unwrap(), seed);
    }

    #[test]
    fn how_it_was_written_down_does_not_matter() {
        let seed = [7; 32];
        let words = words_of(&seed);
        let numbered: String =
            words.split(' ').zip(1..).map(|(word, at)| format!("{at:2}. {}\r\n", word.to_uppercase())).collect();
        assert_eq!(*read_phrase(&numbered).unwrap(), seed);
    }

    #[test]
    fn a_wrong_word_is_named_with_its_place() {
        let words = words_of(&[0; 32]);
        let wrong = words.replacen("abandon abandon", "abandon abandun", 1);
        let Err(PhraseError::Word { position, word, nearest }) = read_phrase(&wrong) else { panic!() };
        assert_eq!((position, word.as_str(), nearest[0]), (2, "abandun", "abandon"));
        assert_eq!(super::nearest("aban")[0], "abandon");
        assert_eq!(super::nearest("horze")[0], "horse");
        assert_eq!(super::nearest("qqqqqqqqqq"), Vec::<&str>::new());
        assert_eq!(read_phrase("abandon art"), Err(PhraseError::Count { found: 2 }));
        assert_eq!(read_phrase(&words.replacen("abandon", "zoo", 1)), Err(PhraseError::Checksum));
    }

    #[test]
    fn two_words_exchanged_are_noticed_nearly_always() {
        let words = words_of(&std::array::from_fn(|at| at as u8 * 7 + 3));
        let words: Vec<&str> = words.split(' ').collect();
        let mut missed = 0;
        for at in 0..WORDS - 1 {
            let mut swapped = words.clone();
            swapped.swap(at, at + 1);
            missed += usize::from(swapped != words && read_phrase(&swapped.join(" ")).is_ok());
        }
        // The checksum has eight bits.
        assert!(missed <= 2, "{missed}");
    }

    #[test]
    fn single_words_are_compared_by_place() {
        assert!(same_word("zoo vote art", 2, " Vote\n"));
        assert!(!same_word("zoo vote art", 1, "vote") && !same_word("zoo vote art", 0, "zoo"));
        assert!(!same_word("zoo vote art", 4, ""));
    }
}
