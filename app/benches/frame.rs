//! CPU time of one frame of a register: 1,000 rows and 100,000 rows, standing and scrolling, layout and tessellation included; and the
//! time a search, a filter or a sort of 100,000 rows takes beside the window.
//!
//! `cargo bench -p enginus --bench frame` prints medians; the budgets are 4 ms a frame and 50 ms a keystroke, on two cores.
#![expect(clippy::print_stdout, reason = "a benchmark's answer")]
#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

#[path = "../tests/desktop/samples.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod samples;

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, RawInput, Rect, pos2, vec2};
use enginus_desktop::{Backend, Desktop, Opened, Settings, Work};
use enginus_engine::api::{Command, HomeSnapshot, ProjectSnapshot, Update};
use enginus_model::{Language, ProjectId};
use enginus_query::{Column, Direction, FolderView, TableQuery, Tables};

const FRAMES: usize = 400;

struct Still(Arc<ProjectSnapshot>);
struct Idle;

impl Work for Idle {
    fn try_next(&mut self) -> Option<Update> {
        None
    }
    fn cancel(&self) {}
}

impl Backend for Still {
    fn run(&self, _: Command) -> Box<dyn Work> {
        Box::new(Idle)
    }
    fn home(&self) -> Arc<HomeSnapshot> {
        Arc::new(samples::home(&self.0))
    }
    fn project(&self, _: &ProjectId) -> Option<Arc<ProjectSnapshot>> {
        Some(Arc::clone(&self.0))
    }
    fn version(&self) -> u64 {
        1
    }
}

struct Bench {
    ctx: egui::Context,
    desktop: Desktop,
    time: f64,
}

impl Bench {
    fn new(rows: u32) -> Self {
        let folder = std::env::temp_dir();
        let rows = (0..rows).map(|n| samples::generated(n, samples::domain(2))).collect();
        let project = Arc::new(samples::project(rows));
        let ctx = egui::Context::default();
        ctx.enable_accesskit();
        let opener = Box::new(move |_: &egui::Context| {
            let (sender, receiver) = channel();
            let backend: Box<dyn Backend> = Box::new(Still(Arc::clone(&project)));
            let _ = sender.send(Ok(Opened { backend, settings: Settings::default(), zone: jiff::tz::TimeZone::UTC }));
            receiver
        });
        let desktop = Desktop::new(&ctx, folder, Some(Language::En), opener).unwrap();
        let mut bench = Self { ctx, desktop, time: 0.0 };
        while !bench.desktop.is_settled() {
            bench.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(1));
        }
        bench.frame(Vec::new());
        bench
    }

    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1920.0, 1080.0))),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        let start = Instant::now();
        let desktop = &mut self.desktop;
        let mut output = self.ctx.run_ui(input, |ui| {
            desktop.logic(&ui.ctx().clone());
            desktop.ui(ui);
        });
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        std::hint::black_box(triangles);
        let took = start.elapsed();
        // There is no graphics card here to give the textures to.
        output.textures_delta.clear();
        took
    }

    fn report(&mut self, name: &str, mut events: impl FnMut(usize) -> Vec<Event>) {
        let mut times: Vec<_> = (0..FRAMES).map(|n| self.frame(events(n))).collect();
        times.sort_unstable();
        println!("{name:44} median {:>9.3?}   p99 {:>9.3?}", times[FRAMES / 2], times[FRAMES * 99 / 100]);
    }
}

fn key(key: Key) -> Vec<Event> {
    let press = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE };
    vec![press(true), press(false)]
}

/// What a person types into the search field, letter by letter, and other questions a table is asked.
fn questions() -> Vec<(&'static str, TableQuery)> {
    let asked = |text: &str| TableQuery { text: text.to_owned(), ..TableQuery::default() };
    let sorted = |column| TableQuery { sort: vec![(column, Direction::Ascending)], ..TableQuery::default() };
    vec![
        ("the first table, in the register's order", TableQuery::default()),
        ("first search: every text is folded now", asked("c")),
        ("search: ca", asked("ca")),
        ("search: cab", asked("cab")),
        ("search: cable route 2", asked("cable route 2")),
        ("search: a number", asked("DR-E-099999")),
        ("filter: what waits for a person", TableQuery { only_attention: true, ..TableQuery::default() }),
        ("filter: a subfolder", TableQuery { path: "Calculations".to_owned(), ..TableQuery::default() }),
        ("sort by title", sorted(Column::Title)),
        ("search in the sorted table", TableQuery { text: "cable".to_owned(), ..sorted(Column::Title) }),
        ("sort by revision", sorted(Column::Revision)),
    ]
}

/// The table worker's part of a keystroke: it runs beside the window.
fn tables(rows: u32) {
    let folder = samples::domain(2);
    let view = FolderView::from_rows(folder, (0..rows).map(|n| samples::generated(n, folder)));
    let (mut tables, people) = (Tables::default(), samples::people());
    for (name, query) in questions() {
        let start = Instant::now();
        let found = tables.view(1, &[&view], &people, &query).rows.len();
        println!("{name:44} {:>9.3?}   {found} rows", start.elapsed());
    }
}

fn main() {
    println!("tables of 100000 rows");
    tables(100_000);
    for rows in [1_000, 100_000] {
        let start = Instant::now();
        let mut bench = Bench::new(rows);
        println!("{rows} rows: first table after {:.1?}, the samples' making included", start.elapsed());
        bench.report("standing still", |_| Vec::new());
        bench.report("scrolling by the page", |_| key(Key::PageDown));
        bench.report("moving by the row", |_| key(Key::ArrowUp));
    }
}
