//! The parts of the window. Each is a small struct of what only it needs to remember (what is typed, what is folded open), borrows a
//! [`Scene`](crate::scene::Scene) and says what a person wants through an [`Outbox`](crate::scene::Outbox).

mod asked;
mod banners;
mod document;
mod first_start;
mod keys;
mod lock;
mod members;
mod navigation;
mod notices;
mod register;
mod relays;
mod review;
mod status_bar;
mod sync;
mod toasts;
mod top_bar;

pub(crate) use banners::banners;
pub(crate) use document::DocumentPanel;
pub(crate) use first_start::{FirstStart, not_opened, opening, waiting};
pub(crate) use keys::Keys;
pub(crate) use lock::Lock;
pub(crate) use members::Members;
pub(crate) use navigation::navigation;
pub(crate) use notices::notices;
pub(crate) use register::Register;
pub(crate) use register::column_text_id;
pub(crate) use review::Review;
pub(crate) use status_bar::status_bar;
pub(crate) use sync::sync;
pub(crate) use toasts::Toasts;
pub(crate) use top_bar::top_bar;
