//! The operator's page: counts, and of each project a short hash. It loads nothing from anywhere.

use std::fmt::Write;

use crate::census::Census;
use crate::config::Size;
use crate::metrics::Metrics;

/// The most projects that are shown, the largest first.
const MAX_ROWS: usize = 50;

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="30">
<title>ENGINUS relay</title><style>
:root{color-scheme:light dark;--ink:#1b2430;--paper:#fbfbf8;--line:#d8dbe0;--soft:#5d6876}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--paper:#14181e;--line:#303846;--soft:#9aa5b4}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}p{color:var(--soft)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{font-family:ui-monospace,monospace}
</style></head><body>"#;

/// The page.
pub(super) fn page(metrics: &Metrics, census: &Census, draining: bool) -> String {
    let mut page = String::from(HEAD);
    let state = if draining {
        "Shutting down: nobody new is let in."
    } else if metrics.storage_ready.get() == 1 {
        "Running; storage can be written to."
    } else {
        "Running; storage was not ready when it was last asked. See /readyz and the log."
    };
    let _ = write!(page, "<h1>ENGINUS relay {}</h1><p>{state}</p>", env!("CARGO_PKG_VERSION"));
    now(&mut page, metrics);
    kept(&mut page, census);
    page.push_str("</body></html>\n");
    page
}

fn row(page: &mut String, what: &str, value: impl std::fmt::Display) {
    let _ = write!(page, "<tr><td>{what}</td><td class=\"n\">{value}</td></tr>");
}

fn now(page: &mut String, metrics: &Metrics) {
    page.push_str("<h2>Now</h2><table>");
    row(page, "Connections to the mailbox", metrics.connections.get());
    row(page, "Sessions of devices with projects", metrics.sessions.get());
    row(page, "Connections to the iroh relay", metrics.nat_clients.get());
    row(page, "Envelopes stored since the start", metrics.envelopes_stored.get());
    row(page, "Objects given since the start", metrics.objects_sent.get());
    row(page, "Sessions ended because they did not read", metrics.slow_readers.get());
    page.push_str("</table>");
}

fn kept(page: &mut String, census: &Census) {
    let Some(taken) = census.taken else {
        page.push_str("<h2>Kept</h2><p>Not counted yet.</p>");
        return;
    };
    let total = census.total();
    let _ = write!(page, "<h2>Kept</h2><p>Counted at {taken}.</p><table>");
    row(page, "Projects", census.projects.len());
    row(page, "Envelopes", total.envelopes);
    row(page, "Bytes of envelopes", readable(total.journal_bytes));
    row(page, "Objects", total.objects);
    row(page, "Bytes of objects", readable(total.object_bytes));
    page.push_str("</table><h2>Projects</h2><table><tr><th>Project (hash)</th>");
    page.push_str("<th class=\"n\">Envelopes</th><th class=\"n\">Objects</th><th class=\"n\">Bytes</th></tr>");
    for project in census.projects.iter().take(MAX_ROWS) {
        let _ = write!(
            page,
            "<tr><td><code>{}</code></td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            project.hash,
            project.usage.envelopes,
            project.usage.objects,
            readable(project.bytes()),
        );
    }
    page.push_str("</table>");
    if census.projects.len() > MAX_ROWS {
        let _ = write!(page, "<p>and {} smaller ones.</p>", census.projects.len() - MAX_ROWS);
    }
}

/// In the largest unit of which there is at least one, rounded down.
fn readable(bytes: u64) -> String {
    let unit = [1 << 40, 1 << 30, 1 << 20, 1 << 10].into_iter().find(|unit| bytes >= *unit).unwrap_or(1);
    Size(bytes / unit * unit).to_string()
}
