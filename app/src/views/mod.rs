//! The parts of the window. Each is a small struct of what only it needs to remember (what is typed, what is folded open), borrows a
//! [`Scene`](crate::scene::Scene) and says what a person wants through an [`Outbox`](crate::scene::Outbox).

mod document;
mod first_start;
mod members;
mod navigation;
mod notices;
mod register;
mod status_bar;
mod sync;
mod toasts;
mod top_bar;

pub use document::DocumentPanel;
pub use first_start::{FirstStart, not_opened, opening, waiting};
pub use members::Members;
pub use navigation::navigation;
pub use notices::notices;
pub use register::Register;
pub(crate) use register::column_text_id;
pub use status_bar::status_bar;
pub use sync::sync;
pub use toasts::Toasts;
pub use top_bar::top_bar;
