//! What a run measured, in lines or as JSON.

use std::io::Write;

use serde::Serialize;

/// One figure.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    what: &'static str,
    value: f64,
    unit: &'static str,
}

/// The figures of one run, in order.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report(Vec<Figure>);

impl Report {
    pub(crate) fn add(&mut self, what: &'static str, value: f64, unit: &'static str) {
        self.0.push(Figure { what, value, unit });
    }

    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if json {
            serde_json::to_writer(&mut out, &self.0)?;
            return Ok(writeln!(out)?);
        }
        for Figure { what, value, unit } in &self.0 {
            writeln!(out, "{what:<44} {value:>12.2} {unit}")?;
        }
        Ok(())
    }
}

/// A count as a figure.
pub(crate) fn count(n: usize) -> f64 {
    // Nothing here is counted beyond what a float holds exactly.
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

/// The value below which `percent` of these lie. They must be sorted.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or(f64::NAN)
}
