//! Contact cards: their text.

use data_encoding::BASE32_NOPAD;
use enginus_access::{CONTACT_PREFIX, Contact};
use enginus_model::Hash;

use super::from::From;

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    match from.below(2) {
        0 => std::str::from_utf8(from.rest()).is_ok_and(parse),
        _ => {
            let payload = from.rest();
            let bytes = [payload, &Hash::of(payload).0[..8]].concat();
            parse(&format!("{CONTACT_PREFIX}{}", BASE32_NOPAD.encode(&bytes)))
        }
    }
}

fn parse(text: &str) -> bool {
    let Ok(card) = text.parse::<Contact>() else { return false };
    assert_eq!(card.to_string().parse::<Contact>().as_ref(), Ok(&card), "a card survives its text");
    assert_eq!(Contact::new(card.person, &card.name, &card.organisation), card);
    true
}
