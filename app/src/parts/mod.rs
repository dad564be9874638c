//! Small pieces every view is made of. They know tokens and nothing of projects.

mod button;
mod card;
mod facts;
mod failure;
mod field;
mod icon;
mod text;

pub(crate) use button::{Kind, Push, icon_button, link, quiet_row};
pub(crate) use card::{Ground, badge, callout, card, divider, empty, spinner_line};
pub(crate) use facts::facts;
#[cfg(test)]
pub(crate) use failure::failure_ids;
pub(crate) use failure::{failure_callout, failure_title};
pub(crate) use field::{Field, chevron, choose, tick};
pub(crate) use icon::{Icon, window_icon};
pub(crate) use text::{display, faint, heading, label, muted, strong, truncated};
