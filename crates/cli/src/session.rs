//! Keys, devices and recovery on the terminal.

use enginus_engine::api::SessionAnswer;

use crate::Call;

/// An answer about keys and devices, as text.
pub(crate) fn answer(_call: &Call, _answer: &SessionAnswer) {}
