//! The window as a person meets it: by role and name, in both languages and themes, with the keyboard alone.
//!
//! `UPDATE_SNAPSHOTS=1` accepts pictures that changed; look at every one before it is kept.

mod dialogs;
mod keyboard;
mod pictures;
mod samples;
mod stand;
mod states;
