//! Tickets: their text, and the proof in them.

use data_encoding::BASE32_NOPAD;
use enginus_access::{TICKET_PREFIX, Ticket};
use enginus_model::Hash;

use super::from::From;

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    match from.below(2) {
        0 => std::str::from_utf8(from.rest()).is_ok_and(parse),
        _ => parse(&text(from.rest())),
    }
}

/// The text around a payload, with the right length and checksum.
fn text(payload: &[u8]) -> String {
    let payload = &payload[..payload.len().min(usize::from(u16::MAX))];
    let length = (payload.len() as u16).to_be_bytes();
    let check = Hash::of(&[b"enginus ticket length".as_slice(), &length].concat());
    let bytes = [&length, &check.0[..2], payload, &Hash::of(payload).0[..8]].concat();
    format!("{TICKET_PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}

fn parse(text: &str) -> bool {
    let Ok(ticket) = text.parse::<Ticket>() else { return false };
    assert!(ticket.is_well_formed());
    let printed = ticket.to_string();
    assert_eq!(printed.parse::<Ticket>().as_ref(), Ok(&ticket), "a ticket survives its text");
    assert_eq!(printed.to_uppercase().parse::<Ticket>().as_ref(), Ok(&ticket));
    let project = ticket.project();
    match ticket.check() {
        Ok(checked) => {
            assert_eq!(project, Ok(checked.project));
            assert!(checked.capability().is_some() && checked.authority.refused().is_empty());
            true
        }
        Err(_) => false,
    }
}
