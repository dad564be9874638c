//! The window as a person meets it: by role and name, in both languages and themes, with the keyboard alone.
//!
//! `UPDATE_SNAPSHOTS=1` accepts pictures that changed; look at every one before it is kept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail loudly, their helpers too")]

mod access;
mod dialogs;
mod keyboard;
mod keys;
mod lock;
mod pictures;
mod pictures_of_access;
mod real;
mod real_keys;
mod relays;
mod samples;
mod stand;
mod states;
