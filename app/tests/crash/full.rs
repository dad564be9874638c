//! A disk that is full: every command ends with its work durable or says that the disk is full, reading goes on, and with room again
//! everything does.
//!
//! The disk is a small tmpfs in a mount namespace of its own, where the test runs itself a second time. Where the system allows
//! neither, the test says so and passes.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::chance::{Chance, number};
use crate::stand::text;
use crate::world::{Act, HOMES, World};

const ROUNDS: usize = 20;
/// A folder on another disk, in the second run.
const ELSEWHERE: &str = "ENGINUS_SMALL_DISK_ELSEWHERE";
const DISK_BYTES: &str = "120m";
/// What the second run ends with where there is no small disk.
const NO_MOUNT: i32 = 77;
const SMALL: usize = 60_000;

/// Runs this test again with a small disk for its temporary folder. None where the system lets nobody mount one.
fn again_on_a_small_disk(place: &Path, elsewhere: &Path) -> Option<bool> {
    let script = format!("mount -t tmpfs -o size={DISK_BYTES} enginus \"$0\" || exit {NO_MOUNT}; exec \"$@\"");
    for how in [&["--user", "--map-root-user", "--mount"][..], &["--mount"]] {
        let mut command = Command::new("unshare");
        command.args(how).args(["sh", "-c", &script]).arg(place).arg(std::env::current_exe().unwrap());
        command.args(["--exact", "full::a_full_disk_loses_nothing", "--nocapture"]);
        let Ok(output) = command.env(ELSEWHERE, elsewhere).env("TMPDIR", place).output() else { return None };
        // Where it is not allowed to, `unshare` itself ends with 1; a failed test with 101.
        if !matches!(output.status.code(), Some(1 | NO_MOUNT)) {
            println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            return Some(output.status.success());
        }
    }
    None
}

#[test]
fn a_full_disk_loses_nothing() {
    if let Some(elsewhere) = std::env::var_os(ELSEWHERE) {
        return fill_it(elsewhere.into());
    }
    let (place, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    match again_on_a_small_disk(place.path(), elsewhere.path()) {
        Some(well) => assert!(well, "on the small disk, see above"),
        // Not through the test's own output, which nobody sees where a test passes.
        None => {
            writeln!(std::io::stderr(), "SKIPPED a_full_disk_loses_nothing: no small disk can be mounted here").unwrap()
        }
    }
}

/// A file that takes all the room but some.
struct Ballast(PathBuf);

impl Ballast {
    fn leave(&self, room: u64) {
        let mut file = File::create(&self.0).unwrap();
        let mut block = vec![1; 1 << 20];
        while !block.is_empty() {
            if file.write_all(&block).is_err() {
                block.truncate(block.len() / 2);
            }
        }
        let taken = file.metadata().unwrap().len();
        file.set_len(taken.saturating_sub(room)).unwrap();
    }

    fn drop_it(&self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

struct Disk {
    world: World,
    chance: Chance,
    ballast: Ballast,
    refused: usize,
    /// What the last act said of its failure.
    errors: String,
}

fn fill_it(elsewhere: PathBuf) {
    let chance = Chance::from_environment("ENGINUS_FULL_SEED");
    let mut world = World::new();
    world.elsewhere = Some(elsewhere);
    let ballast = Ballast(world.stand.path("ballast"));
    let mut disk = Disk { world, chance, ballast, refused: 0, errors: String::new() };
    let rounds = number("ENGINUS_FULL_ROUNDS", ROUNDS);
    for _ in 0..rounds {
        disk.round();
    }
    println!("{rounds} rounds, {} acts refused, {} acknowledged", disk.refused, disk.world.ledger.acknowledged);
    assert!(rounds < 10 || disk.refused > 0);
}

impl Disk {
    /// From nothing at all to enough for most acts.
    fn room(&mut self) -> u64 {
        let most = *self.chance.pick(&[1, 5_000, 20_000, 80_000, 300_000, 1_200_000, 5_000_000]);
        self.chance.next() % most
    }

    fn act(&mut self, home: usize) -> Act {
        let (world, chance) = (&mut self.world, &mut self.chance);
        let bytes_max = if chance.one_in(4) { 1 << 20 } else { SMALL };
        match chance.below(10) {
            0..=2 => world.add(home, chance, bytes_max),
            3 => world.plan(home, chance),
            4 => world.other(home, "rebuild", &["rebuild"]),
            5 => {
                let output = world.stand.path("log.xlsx");
                world.other(home, "log", &["log", "export", "Projects", "-o", text(&output)])
            }
            6 if home == 0 => world.other(home, "invite", &["invite", "--role", "investor"]),
            _ => match world.change(home, chance, bytes_max) {
                Some(act) => act,
                None => world.add(home, chance, bytes_max),
            },
        }
    }

    /// Ends an act that may have met the full disk; answers whether it went well.
    fn finish(&mut self, act: Act) -> bool {
        let ended = act.end();
        self.world.ended(&ended);
        let (code, errors) = (ended.ended.code, ended.ended.errors.join("\n"));
        if code != Some(0) {
            self.refused += 1;
            assert!(
                errors.contains("full") || errors.contains("does not fit on the disk"),
                "{} ended with {code:?} and said nothing of a full disk: {errors}",
                ended.name
            );
        }
        self.errors = errors;
        code == Some(0)
    }

    fn export(&mut self, from: usize) -> (PathBuf, bool) {
        let stick = self.world.stand.path("stick.enginus");
        let _ = std::fs::remove_file(&stick);
        let export = self.world.other(from, "export", &["bundle", "export", text(&stick)]);
        (stick, self.finish(export))
    }

    fn import(&mut self, to: usize, stick: &Path) -> bool {
        let import = self.world.other(to, "import", &["bundle", "import", text(stick)]);
        self.finish(import)
    }

    /// A bundle taken in where there is little room, and again where there is enough.
    fn by_file(&mut self, home: usize) {
        let moment = self.world.ledger.moment(home);
        let (stick, whole) = self.export(home);
        assert!(whole, "there was room: {}", self.errors);
        let room = self.room();
        self.ballast.leave(room);
        if self.import(1 - home, &stick) {
            self.world.ledger.arrived(&moment);
        }
        self.reads(1 - home);
        // Written where there is little room, too: under its name only when it is whole.
        let _ = std::fs::remove_file(&stick);
        let (second, whole) = self.export(home);
        assert_eq!(second.exists(), whole, "a bundle was left in part");
        self.ballast.drop_it();
        let (stick, whole) = self.export(home);
        assert!(whole && self.import(1 - home, &stick), "there is room again: {}", self.errors);
        self.world.ledger.arrived(&moment);
        std::fs::remove_file(&stick).unwrap();
    }

    /// What is there can be read, however full the disk is.
    fn reads(&mut self, home: usize) {
        self.world.settle(home);
        self.world.stand.ok(HOMES[home], &["status"]);
        self.world.stand.ok(HOMES[home], &["member", "list"]);
    }

    fn round(&mut self) {
        let home = self.chance.below(2);
        if self.chance.one_in(4) {
            self.by_file(home);
        } else {
            let room = self.room();
            self.ballast.leave(room);
            for _ in 0..=self.chance.below(2) {
                let act = self.act(home);
                self.finish(act);
                self.reads(home);
            }
            self.ballast.drop_it();
            let act = self.act(home);
            assert!(self.finish(act), "there is room again: {}", self.errors);
        }
        (0..2).for_each(|at| self.world.check((home + at) % 2, &mut self.chance));
        self.world.next_round();
    }
}
