//! Small pieces every view is made of. They know tokens and nothing of projects.

mod button;
mod card;
mod failure;
mod field;
mod icon;
mod text;

pub use button::{Kind, Push, icon_button, link, quiet_row};
pub use card::{Ground, badge, callout, card, divider, empty, spinner_line};
pub use failure::{failure_callout, failure_ids, failure_title};
pub use field::{Field, choose, tick};
pub use icon::{Icon, window_icon};
pub use text::{display, faint, heading, label, muted, strong, truncated};
