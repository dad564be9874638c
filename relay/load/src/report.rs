//! What a run measured, as a table or as JSON.

use std::io::Write;

use serde::Serialize;

use crate::program::Cpu;

/// One figure.
#[derive(Debug, Serialize)]
struct Figure {
    what: &'static str,
    /// How many devices were connected, where that is what changes between two figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<u32>,
    value: f64,
    unit: &'static str,
}

/// The figures of one run, in order.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    figures: Vec<Figure>,
    /// Why the run ended before it had done what was asked.
    stopped: Option<String>,
}

/// A report, and what it is of.
#[derive(Serialize)]
struct Headed<'a> {
    scenario: &'a str,
    storage: &'a str,
    #[serde(flatten)]
    report: &'a Report,
}

impl Report {
    pub(crate) fn add(&mut self, what: &'static str, value: f64, unit: &'static str) {
        self.figures.push(Figure { what, devices: None, value, unit });
    }

    /// A figure with so many devices connected.
    pub(crate) fn add_at(&mut self, devices: u32, what: &'static str, value: f64, unit: &'static str) {
        self.figures.push(Figure { what, devices: Some(devices), value, unit });
    }

    /// CPU that storing or giving so many envelopes took.
    pub(crate) fn add_cpu(&mut self, cpu: Cpu, envelopes: f64) {
        self.add("CPU of the relay", cpu.relay, "s");
        if cpu.relay > 0.0 {
            self.add("per second of the relay's CPU", envelopes / cpu.relay, "envelopes/s");
        }
        if let Some(nats) = cpu.nats {
            self.add("CPU of the NATS server", nats, "s");
        }
    }

    pub(crate) fn stop(&mut self, why: String) {
        self.stopped = Some(why);
    }

    pub(crate) fn print(&self, scenario: &str, storage: &str, json: bool) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if json {
            serde_json::to_writer(&mut out, &Headed { scenario, storage, report: self })?;
            return Ok(writeln!(out)?);
        }
        writeln!(out, "{scenario}, storage: {storage}")?;
        for Figure { what, devices, value, unit } in &self.figures {
            let what = devices.map_or_else(|| (*what).to_owned(), |devices| format!("{devices} devices: {what}"));
            writeln!(out, "{what:<56} {value:>12.2} {unit}")?;
        }
        if let Some(why) = &self.stopped {
            writeln!(out, "It ended early: {why}")?;
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
