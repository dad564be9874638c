//! Small pieces every view is made of. They know tokens and nothing of projects.

mod button;
mod card;
mod facts;
mod failure;
mod field;
mod icon;
mod qr;
mod secret;
mod tabs;
mod text;
mod window_icon;

pub(crate) use button::{Kind, Push, icon_button, link, quiet_row};
pub(crate) use card::{Ground, badge, callout, card, divider, empty, spinner_line};
pub(crate) use facts::facts;
#[cfg(test)]
pub(crate) use failure::failure_ids;
pub(crate) use failure::{failure_callout, failure_title};
pub(crate) use field::{Field, chevron, choose, tick};
pub(crate) use icon::Icon;
pub(crate) use qr::QrPicture;
pub(crate) use secret::{SecretText, secret_field, secret_lines, secret_word};
pub(crate) use tabs::tabs;
pub(crate) use text::{display, faint, heading, label, muted, strong, truncated};
pub(crate) use window_icon::window_icon;
